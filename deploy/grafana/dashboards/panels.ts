import type { Builder, Dataquery } from '@grafana/grafana-foundation-sdk/cog';
import { LogsDedupStrategy, LogsSortOrder } from '@grafana/grafana-foundation-sdk/common';
import {
  AnnotationQueryBuilder,
  DashboardBuilder,
  PanelBuilder as GenericPanelBuilder,
  QueryVariableBuilder,
  TextBoxVariableBuilder,
  VariableRefresh,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { PanelBuilder as LogsPanelBuilder } from '@grafana/grafana-foundation-sdk/logs';
import { DataqueryBuilder, LokiQueryDirection } from '@grafana/grafana-foundation-sdk/loki';
import { PanelBuilder as StatPanelBuilder } from '@grafana/grafana-foundation-sdk/stat';
import { PanelBuilder as TablePanelBuilder } from '@grafana/grafana-foundation-sdk/table';
import { PanelBuilder as TimeSeriesPanelBuilder } from '@grafana/grafana-foundation-sdk/timeseries';
import { troubles } from './logql.js';
import { looksOf, unitOf } from './looks.js';

/** As deploy/grafana/provisioning/datasources names them. */
export const LOKI = { type: 'loki', uid: 'loki' };
export const JAEGER = { type: 'jaeger', uid: 'jaeger' };
/** No value of a variable is this: a text box that nobody has filled finds nothing. */
export const NOTHING = '-';

/** Columns of a table: field, and its title. */
export type Columns = { readonly [field: string]: string };

export interface Place {
  readonly title: string;
  readonly description?: string;
  /** In place of rows that are not there. */
  readonly whenEmpty?: string;
  readonly width: number;
  readonly height: number;
}

const REPORT_LINK = {
  title: 'Show this report',
  // biome-ignore lint/suspicious/noTemplateCurlyInString: Grafana fills these.
  url: '/d/gmr-reports?${__url_time_range}&var-report=${__value.raw}',
};

export function startDashboard(uid: string, title: string, description: string): DashboardBuilder {
  return new DashboardBuilder(title)
    .uid(uid)
    .description(description)
    .tags(['guru-meditation'])
    .readonly()
    .timezone('browser')
    .time({ from: 'now-6h', to: 'now' })
    .refresh('30s')
    .annotation(markReports())
    .withVariable(chooseLabel('service', 'Service', 'service_name', ''))
    .withVariable(chooseLabel('host', 'Host', 'host_name', '{service_name=~"$service"}'));
}

/** A line in each graph where a process stalled or crashed; fits into any other dashboard, too. */
function markReports(): AnnotationQueryBuilder {
  return new AnnotationQueryBuilder()
    .name('Stalls and crashes')
    .datasource(LOKI)
    .enable(true)
    .iconColor('red')
    .expr(troubles);
}

/** Values of an index label: Loki knows no values of what is not indexed. */
function chooseLabel(name: string, label: string, index: string, stream: string): QueryVariableBuilder {
  return new QueryVariableBuilder(name)
    .label(label)
    .datasource(LOKI)
    .query({ type: 1, label: index, stream, refId: `${name}s` })
    .refresh(VariableRefresh.OnTimeRangeChanged)
    .multi(true)
    .includeAll(true)
    .allValue('.+')
    .current({ text: 'All', value: '$__all' });
}

export function fillIn(name: string, label: string, description: string): TextBoxVariableBuilder {
  return new TextBoxVariableBuilder(name).label(label).description(description).defaultValue(NOTHING);
}

/** A row a record: its line and what the query keeps of its attributes. */
export function recordTable(place: Place, expr: string, columns: Columns): TablePanelBuilder {
  return finishTable(place, columns)
    .withTarget(askRecords(expr).maxLines(2000))
    .withTransformation({ id: 'extractFields', options: { source: 'labels', format: 'json', keepTime: false } })
    .withTransformation(choose(columns))
    .withTransformation(convertNumbers(columns));
}

/** A row a group, a column a number. */
export function groupTable(place: Place, exprs: readonly string[], columns: Columns): TablePanelBuilder {
  const panel = finishTable(place, columns);
  exprs.forEach((expr, index) => {
    panel.withTarget(askNumbers(expr).refId('ABCD'.charAt(index)));
  });
  return panel.withTransformation({ id: 'merge', options: {} }).withTransformation(choose(columns));
}

/** Records as text, in order. Grafana shows what is in them, it does not render it. */
export function textPanel(place: Place, expr: string, maxLines: number): LogsPanelBuilder {
  return describe(new LogsPanelBuilder(), place)
    .datasource(LOKI)
    .noValue(place.whenEmpty ?? 'none')
    .withTarget(askRecords(expr).direction(LokiQueryDirection.Forward).maxLines(maxLines))
    .sortOrder(LogsSortOrder.Ascending)
    .dedupStrategy(LogsDedupStrategy.None)
    .wrapLogMessage(true)
    .prettifyLogMessage(false)
    .showTime(false)
    .showLabels(false)
    .enableLogDetails(true);
}

export function numberPanel(place: Place, expr: string, legend = ''): StatPanelBuilder {
  const query = askNumbers(expr);
  return describe(new StatPanelBuilder(), place)
    .datasource(LOKI)
    .noValue('0')
    .withTarget(legend === '' ? query : query.legendFormat(legend));
}

export function timePanel(place: Place, expr: string, unit: string): TimeSeriesPanelBuilder {
  return describe(new TimeSeriesPanelBuilder(), place)
    .datasource(LOKI)
    .unit(unit)
    .min(0)
    .withTarget(new DataqueryBuilder().refId('A').expr(expr).queryType('range').legendFormat('{{service_name}}'));
}

/** A trace as Grafana draws it, by the id in `query`. */
export function tracePanel(place: Place, query: string): GenericPanelBuilder {
  const target: Builder<Dataquery> = {
    build: () => ({ refId: 'A', datasource: JAEGER, query, _implementsDataqueryVariant: () => {} }) as Dataquery,
  };
  return describe(new GenericPanelBuilder().type('traces'), place).datasource(JAEGER).withTarget(target);
}

function askRecords(expr: string): DataqueryBuilder {
  return new DataqueryBuilder().refId('A').expr(expr).queryType('range');
}

function askNumbers(expr: string): DataqueryBuilder {
  return new DataqueryBuilder().refId('A').expr(expr).queryType('instant');
}

function finishTable(place: Place, columns: Columns): TablePanelBuilder {
  const panel = describe(new TablePanelBuilder(), place)
    .datasource(LOKI)
    .filterable(true)
    .noValue(place.whenEmpty ?? 'none');
  for (const [field, title] of Object.entries(columns)) {
    if (field === 'gmr_report_id') panel.overrideByName(title, [{ id: 'links', value: [REPORT_LINK] }]);
    const looks = looksOf(field);
    if (looks.length > 0) panel.overrideByName(title, looks);
  }
  return panel;
}

/** In the order in which they are given; all else is left out. */
function choose(columns: Columns) {
  const fields = Object.keys(columns);
  return {
    id: 'organize',
    options: {
      includeByName: Object.fromEntries(fields.map((field) => [field, true])),
      indexByName: Object.fromEntries(fields.map((field, index) => [field, index])),
      renameByName: columns,
    },
  };
}

/** A label is text, and text sorts 9 above 10. */
function convertNumbers(columns: Columns) {
  const conversions = Object.entries(columns)
    .filter(([field]) => unitOf(field) !== undefined)
    .map(([, title]) => ({ targetField: title, destinationType: 'number' }));
  return { id: 'convertFieldType', options: { conversions, fields: {} } };
}

interface Placed<T> {
  title(title: string): T;
  description(text: string): T;
  span(width: number): T;
  height(height: number): T;
}

function describe<T extends Placed<T>>(panel: T, { title, description, width, height }: Place): T {
  const placed = panel.title(title).span(width).height(height);
  return description === undefined ? placed : placed.description(description);
}
