import { type ConfigurationData, isMap, type Value } from '../report.js';
import { DEFAULTS } from '../settings.js';
import { escapeControls } from './escape.js';
import { renderKeyValues } from './key-values.js';
import { isFull, showCount, type View } from './view.js';

/** Groups as oslo has them, then their sources; except in `full`, only settings that are not the default. */
export function renderConfiguration(data: ConfigurationData, view: View): string {
  const { groups, environment, commandLine, nodeOptions, settings, note } = data;
  const parts: [string, Value][] = [
    ...Object.entries(groups),
    ['environment', environment],
    ['command line', commandLine],
    ['node options', nodeOptions],
  ];
  const groupsText = parts.map(([title, value]) => renderGroup(title, value)).join('\n');
  const text = `${groupsText}\n${isFull(view) ? renderGroup(OWN, settings) : renderChanged(settings)}`;
  return note ? `${text}\nnote = ${escapeControls(note)}\n` : text;
}

const OWN = 'guru-meditation';

function renderGroup(title: string, value: Value): string {
  const name = escapeControls(title);
  if (isMap(value) && Object.keys(value).length > 0) return `${name}: \n${renderKeyValues(value, '  ')}`;
  return isMap(value) ? `${name} = {}\n` : renderKeyValues({ [title]: value });
}

function renderChanged(settings: ConfigurationData['settings']): string {
  const changed = Object.entries(settings).filter(
    ([name, value]) => JSON.stringify(value) !== JSON.stringify(DEFAULTS[name]),
  );
  const rest = Object.keys(settings).length - changed.length;
  if (changed.length === 0) return `${OWN} = all ${showCount(rest, 'setting')} at their defaults\n`;
  const left = rest === 0 ? '' : `  (${showCount(rest, 'more setting')} at the default)\n`;
  return renderGroup(OWN, Object.fromEntries(changed)) + left;
}
