import type { StoredReport } from '../reports.js';
import { type Html, html } from './html.js';
import { FIELDS, type Field, isNarrow, type Query, toAddress } from './query.js';

/** Values of a field in its list. For further ones, the cells of the table have links. */
const MAX_VALUES = 100;
const SINCE = [
  ['10min', 'last 10 min'],
  ['1h', 'last hour'],
  ['1d', 'last day'],
  ['7d', 'last 7 days'],
] as const;
const LABELS: { readonly [field in Field]: string } = {
  service: 'service',
  host: 'host',
  process: 'process',
  state: 'state',
  trigger: 'trigger',
  route: 'route',
  stack: 'cause',
  since: 'since',
};

/** The form by which a list is narrowed, and the filters that are set, each with a link without it. */
export function renderFilters(path: string, query: Query, reports: readonly StoredReport[]): Html {
  const known = findValues(reports);
  const values = (name: keyof Values) =>
    [...known[name]].sort().map((value): readonly [string, string] => [value, value]);
  const states = [['not idle', 'not idle'], ['crashed', 'crashed'], ...values('main')] as const;
  return html`<form class="filters" action="${path}" method="get" role="search" aria-label="Filter">${select(
    'service',
    'all services',
    query.service,
    values('service'),
  )}${select(
    'host',
    'all hosts',
    query.host,
    values('host'),
  )}${select('state', 'any state', query.state, states)}${select(
    'trigger',
    'any trigger',
    query.trigger,
    values('trigger'),
  )}${select('since', 'any time', query.since, SINCE)}${[...(['route', 'process', 'stack'] as const)].map((field) =>
    query[field] === '' ? html`` : html`<input type="hidden" name="${field}" value="${query[field]}">`,
  )}<input type="search" name="q" value="${query.q}" placeholder="function, file, route, message" aria-label="words to look for">${
    path === '/reports'
      ? html`<label class="check"><input type="checkbox" name="in" value="text"${query.isFullText ? CHECKED : html``}> in all text</label>`
      : ''
  }<button>Find</button></form>${isNarrow(query) ? renderSet(path, query) : ''}`;
}

interface Values {
  readonly service: Set<string>;
  readonly host: Set<string>;
  readonly main: Set<string>;
  readonly trigger: Set<string>;
}

/** The values of each list. A list grows at its end, so each report is looked at once. */
const seen = new WeakMap<readonly StoredReport[], { readonly values: Values; count: number }>();

function findValues(reports: readonly StoredReport[]): Values {
  const none = () => new Set<string>();
  const known = seen.get(reports) ?? {
    values: { service: none(), host: none(), main: none(), trigger: none() },
    count: 0,
  };
  seen.set(reports, known);
  const { values } = known;
  const add = (set: Set<string>, value: string) => {
    if (value !== '' && set.size < MAX_VALUES) set.add(value);
  };
  for (; known.count < reports.length; known.count += 1) {
    const { service, host, main, trigger } = reports[known.count] as StoredReport;
    add(values.service, service);
    add(values.host, host);
    add(values.main, main);
    add(values.trigger, trigger.startsWith('signal ') ? 'signal' : (trigger.split(' ')[0] ?? ''));
  }
  return values;
}

const CHECKED = html` checked`;
const SELECTED = html` selected`;

function select(name: Field, any: string, value: string, options: readonly (readonly [string, string])[]): Html {
  const known =
    options.some(([one]) => one === value) || value === '' ? options : [[value, value] as const, ...options];
  return html`<select name="${name}" aria-label="${LABELS[name]}"><option value="">${any}</option>${known.map(
    ([one, label]) => html`<option value="${one}"${one === value ? SELECTED : html``}>${label}</option>`,
  )}</select>`;
}

function renderSet(path: string, query: Query): Html {
  const set = FIELDS.filter((field) => query[field] !== '').map(
    (field) =>
      html`<li><a href="${toAddress(path, query, { [field]: '' })}" aria-label="without ${LABELS[field]} ${query[field]}">${LABELS[field]}: <b>${query[field]}</b> <span aria-hidden="true">×</span></a></li>`,
  );
  return html`<ul class="set">${set}<li><a href="${path}">all</a></li></ul>`;
}
