/** Secrets and look-alikes by topic. */

import * as clients from './clients.js';
import * as commandLines from './command-lines.js';
import * as encoded from './encoded.js';
import * as formats from './formats.js';
import * as formatsLookAlikes from './formats-look-alikes.js';
import type { LookAlike, Secret } from './fragments.js';
import * as hashes from './hashes.js';
import * as names from './names.js';
import * as numbers from './numbers.js';
import * as places from './places.js';
import * as placesLookAlikes from './places-look-alikes.js';
import * as products from './products.js';
import * as sentences from './sentences.js';
import * as vendors from './vendors.js';

export interface Topic {
  readonly topic: string;
  readonly secrets: readonly Secret[];
  readonly lookAlikes: readonly LookAlike[];
}

const topic = (topic: string, secrets: readonly Secret[], lookAlikes: readonly LookAlike[]): Topic => ({
  topic,
  secrets,
  lookAlikes,
});

export const CORPUS: readonly Topic[] = [
  topic('places', places.SECRETS, placesLookAlikes.LOOK_ALIKES),
  topic('products', products.SECRETS, products.LOOK_ALIKES),
  topic('formats', formats.SECRETS, formatsLookAlikes.LOOK_ALIKES),
  topic('clients', clients.SECRETS, clients.LOOK_ALIKES),
  topic('names', names.SECRETS, names.LOOK_ALIKES),
  topic('password hashes', hashes.SECRETS, hashes.LOOK_ALIKES),
  topic('numbers', numbers.SECRETS, numbers.LOOK_ALIKES),
  topic('sentences', sentences.SECRETS, sentences.LOOK_ALIKES),
  topic('command lines', commandLines.SECRETS, commandLines.LOOK_ALIKES),
  topic('encoded', encoded.SECRETS, encoded.LOOK_ALIKES),
  topic('vendors', vendors.SECRETS, vendors.LOOK_ALIKES),
];
