import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { askSeries, countGroups, type Entry, findEntries, findValues, lastHour, type Sample } from './backends.js';
import { DEPLOY, type Stack } from './stack.js';

/** Every query in Grafana's own files, as Grafana would send it. */

interface Target {
  readonly refId: string;
  readonly datasource?: { readonly uid: string };
  readonly expr?: string;
  readonly query?: string;
  readonly queryType?: string;
  readonly maxLines?: number;
}

interface Panel {
  readonly title: string;
  readonly type: string;
  readonly datasource?: { readonly uid: string };
  readonly targets?: readonly Target[];
  readonly transformations?: readonly {
    readonly id: string;
    readonly options: { renameByName?: Record<string, string> };
  }[];
  readonly panels?: readonly Panel[];
}

interface Variable {
  readonly name: string;
  readonly type: string;
  readonly allValue?: string;
  readonly query: string | { readonly label: string; readonly stream: string };
}

export interface Dashboard {
  readonly uid: string;
  readonly panels: readonly Panel[];
  readonly annotations: { readonly list: readonly { readonly expr?: string }[] };
  readonly templating: { readonly list: readonly Variable[] };
}

/** The result of one query of a panel. */
export type Found =
  | { readonly kind: 'records'; readonly rows: readonly Entry[] }
  | { readonly kind: 'groups'; readonly rows: readonly Sample[] }
  | { readonly kind: 'series'; readonly rows: readonly Sample[] }
  | { readonly kind: 'trace'; readonly spans: readonly { readonly operationName: string }[] };

export interface Answer {
  readonly panel: Panel;
  /** Of each of its queries, by refId. */
  readonly found: { readonly [refId: string]: Found };
}

export type Values = { readonly [variable: string]: string };

export function readDashboard(name: string): Dashboard {
  return JSON.parse(readFileSync(`${DEPLOY}grafana/dashboards/${name}.json`, 'utf8')) as Dashboard;
}

/** Each panel's queries, asked with these values of the variables, and `All` for the others that have it. */
export async function askDashboard(stack: Stack, { panels, templating }: Dashboard, values: Values): Promise<Answer[]> {
  const all = templating.list.map(({ name, allValue, query }) => [
    name,
    allValue ?? (typeof query === 'string' ? query : ''),
  ]);
  const filled: Values = { ...Object.fromEntries(all), ...values };
  const answers: Answer[] = [];
  for (const panel of panels.flatMap((one) => [one, ...(one.panels ?? [])])) {
    if (!panel.targets) continue;
    const found: Record<string, Found> = {};
    for (const target of panel.targets) found[target.refId] = await ask(stack, panel, target, filled);
    answers.push({ panel, found });
  }
  return answers;
}

/** The values that a variable offers. */
export async function askVariable(stack: Stack, { query }: Variable, values: Values): Promise<string[]> {
  if (typeof query === 'string') return query.split(',');
  return findValues(stack.lokiUrl, query.label, fill(query.stream, values));
}

/** The fields that a table shows, by the transformations of its panel. */
export function columnsOf({ transformations = [] }: Panel): string[] {
  return transformations.flatMap(({ options }) => Object.keys(options.renameByName ?? {}));
}

/** @throws Error when something is left to be filled. */
export function fill(text: string, values: Values): string {
  const known: Values = { ...values, __range: '3600s', __auto: '60s' };
  const filled = text.replace(
    /\$(?:(\w+)|\{(\w+)\})/g,
    (whole, bare?: string, braced?: string) => known[bare ?? braced ?? ''] ?? whole,
  );
  if (/\$[\w{]/.test(filled)) throw new Error(`not all of it is known: ${filled}`);
  return filled;
}

/** The content of a file of Grafana's provisioning; `$$` stands for `$`. */
export function readProvisioning<T>(path: string): T {
  return parse(readFileSync(`${DEPLOY}grafana/provisioning/${path}`, 'utf8').replaceAll('$$', '$')) as T;
}

/** A trace as Grafana's data source asks Jaeger for it. */
export async function findTrace(stack: Stack, id: string): Promise<{ operationName: string }[]> {
  const answer = await fetch(`${stack.jaegerUrl}/api/traces/${id}`);
  if (!answer.ok) return [];
  const { data } = (await answer.json()) as { data: { spans: { operationName: string }[] }[] };
  return data.flatMap(({ spans }) => spans);
}

async function ask(stack: Stack, panel: Panel, target: Target, values: Values): Promise<Found> {
  const source = target.datasource?.uid ?? panel.datasource?.uid;
  if (source === 'jaeger') return { kind: 'trace', spans: await findTrace(stack, fill(target.query ?? '', values)) };
  if (source !== 'loki') throw new Error(`${panel.title}: data source ${source}`);
  const expr = fill(target.expr ?? '', values);
  if (target.queryType === 'instant') return { kind: 'groups', rows: await countGroups(stack.lokiUrl, expr) };
  if (panel.type === 'timeseries') return { kind: 'series', rows: await askSeries(stack.lokiUrl, expr) };
  return { kind: 'records', rows: await findEntries(stack.lokiUrl, expr, lastHour(), target.maxLines) };
}
