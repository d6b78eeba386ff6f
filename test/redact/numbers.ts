/** Numbers of payment cards, of accounts and of persons, codes that are valid once, recovery phrases. */

import { argv, command, data, env, error, group, type LookAlike, row, type Secret, source, text } from './fragments.js';

/** Numbers that the brands give out for tests. */
const CARDS = [
  ...[
    '4111111111111111',
    '4242424242424242',
    '4012888888881881',
    '4000056655665556',
    '5555555555554444',
    '5105105105105100',
  ],
  ...[
    '2223003122003222',
    '378282246310005',
    '371449635398431',
    '6011111111111117',
    '6011000990139424',
    '30569309025904',
  ],
  ...[
    '38520000023237',
    '3530111333300000',
    '3566002020360505',
    '6200000000000005',
    '6304000000000000',
    '2200000000000004',
  ],
];
/** Old cards have 13 digits, some of UnionPay, Maestro, Mir, Discover and Visa 19. */
const OTHER_LENGTHS = [
  ...['4222222222222', '4539578763628', '4916384927169', '4485162873144', '4100800000006'],
  ...[
    '6205500000000000004',
    '6799990100000000019',
    '2200000000000000012',
    '4000000000000000006',
    '6011000000000000001',
    '8111111111111111116',
  ],
];
const grouped = (card: string, sign: string): string =>
  (card.length === 16
    ? [card.slice(0, 4), card.slice(4, 8), card.slice(8, 12), card.slice(12)]
    : [card.slice(0, 4), card.slice(4, 10), card.slice(10)]
  ).join(sign);

const IBANS = [
  ...['DE89370400440532013000', 'GB29NWBK60161331926819', 'FR1420041010050500013M02606', 'NL91ABNA0417164300'],
  ...[
    'CH9300762011623852957',
    'ES9121000418450200051332',
    'IT60X0542811101000000123456',
    'NO9386011117947',
    'AT611904300234573201',
  ],
];
const PHRASES = [
  'ripple gauge lemon orbit ladder pencil velvet canyon drift marble sunny tunnel',
  'abandon ability able about above absent absorb abstract absurd abuse access accident account accuse achieve',
  'legal winner thank year wave sausage worth useful legal winner thank year wave sausage worth useful legal winner thank year wave sausage worth title',
];

export const SECRETS: readonly Secret[] = [
  ...CARDS.flatMap((card) => [
    row('card in a value', card, (s) => data({ orders: [{ reference: s }] })),
    row('card in a sentence', card, (s) => error(`charge of ${s} was declined`)),
    row('card before a unit', card, (s) => text(`sent ${s} B, done`)),
    row('card in a path', card, (s) => text(`GET /cards/${s}/charges 404`)),
    row('card in a query', card, (s) => text(`POST /pay?n=${s}&amount=12.50`)),
    row('card in a URL in data', card, (s) => data({ 'url.full': `https://pay.example/v1/cards/${s}?expand=1` })),
    row('card in groups', grouped(card, ' '), (s) => text(`paying with ${s}, please wait`)),
    row('card with dashes', grouped(card, '-'), (s) => data({ attributes: { 'payment.reference': s } })),
    row('card in an encoded query', grouped(card, '%20'), (s) => text(`/pay?n=${s}&x=1`)),
    row('card in a form', grouped(card, '+'), (s) => text(`n=${s}&x=1`)),
    row('card as an argument', card, (s) => argv('node', 'charge.js', s)),
    row('card in source', card, (s) => source(`charge('${s}', 12.5);`)),
  ]),
  ...OTHER_LENGTHS.flatMap((card) => [
    row('card of another length in a value', card, (s) => data({ orders: [{ reference: s }] })),
    row('card of another length in a sentence', card, (s) => error(`charge of ${s} was declined`)),
    row('card of another length in a path', card, (s) => text(`GET /cards/${s}/charges 404`)),
    row('card of another length in a query', card, (s) => text(`POST /pay?n=${s}&amount=12.50`)),
    row('card of another length as an argument', card, (s) => argv('node', 'charge.js', s)),
    row('card of another length in source', card, (s) => source(`charge('${s}', 12.5);`)),
  ]),
  ...CARDS.map((card) => row('card as a number', card, (s) => data({ rows: [{ id: 1, pan: Number(s) }] }))),
  ...IBANS.flatMap((iban) => [
    row('IBAN in a sentence', iban, (s) => text(`transfer to ${s} failed`)),
    row('IBAN in a value', iban, (s) => data({ target: s })),
    row('IBAN in groups', iban.replace(/(.{4})(?=.)/g, '$1 '), (s) => error(`no such account: ${s}.`)),
    row('IBAN in a path', iban, (s) => text(`GET /accounts/${s}/balance`)),
  ]),
  ...['123-45-6789', '123 45 6789', '078051120'].flatMap((ssn) => [
    row('SSN by name', ssn, (s) => data({ ssn: s })),
    row('SSN by another name', ssn, (s) => group({ user: { socialSecurityNumber: s } })),
    row('SSN in a sentence', ssn, (s) => text(`bob's SSN ${s} was looked up`)),
    row('SSN after a colon', ssn, (s) => text(`SSN: ${s}`)),
    row('SSN in words', ssn, (s) => error(`social security number is ${s}`)),
  ]),
  ...['483920', '1234', '00421337'].flatMap((code) => [
    row('code by name', code, (s) => data({ verificationCode: s })),
    row('code by name', code, (s) => env('SMS_CODE', s)),
    row('code by name', code, (s) => group({ otp: s })),
    row('code in a sentence', code, (s) => text(`sent: your verification code is ${s}.`)),
    row('code in a sentence', code, (s) => text(`Your one-time password is ${s}`)),
    row('code in a sentence', code, (s) => text(`login code: ${s}`)),
    row('code in a sentence', code, (s) => error(`OTP ${s} has expired`)),
    row('code in a sentence', code, (s) => text(`${s} is your Shop verification code`)),
  ]),
  row('code in two groups', '483 920', (s) => text(`2FA code: ${s}`)),
  row('code with a letter', 'G-483920', (s) => text(`${s} is your Google verification code.`)),
  row('CVC in a text', '737', (s) => text(`card declined, cvc=${s}, retry`)),
  row('CVV in a sentence', '737', (s) => text(`CVV ${s} is wrong`)),
  ...PHRASES.flatMap((phrase) => [
    row('phrase by name', phrase, (s) => data({ mnemonic: s })),
    row('phrase by name', phrase, (s) => env('RECOVERY_PHRASE', s)),
    row('phrase in a text', phrase, (s) => text(`restoring from mnemonic: ${s}`)),
    row('phrase in a sentence', phrase, (s) => error(`the seed phrase is ${s}`)),
    row('phrase in quotes', phrase, (s) => text(`wallet words = "${s}"`)),
    row('phrase after a name of many things', phrase, (s) => text(`restored words: ${s}`)),
    row('phrase after a name of many things', phrase, (s) => error(`bad checksum, words="${s}"`)),
    row('phrase by a name of many things', phrase, (s) => data({ wallet: { words: s } })),
    row('phrase by a name of many things', phrase, (s) => group({ phrase: s })),
    row('phrase by a name of many things', phrase, (s) => env('WORDS', s)),
    row('phrase in commas', phrase.replaceAll(' ', ', '), (s) => text(`words: ${s}`)),
    row('phrase in a command line', phrase, (s) => command(`wallet restore --mnemonic "${s}"`)),
  ]),
];

const look = (where: string, section: LookAlike['section']): LookAlike => ({ where, section });

export const LOOK_ALIKES: readonly LookAlike[] = [
  ...[
    // No card: the sum is wrong, the length, or the beginning.
    ...[
      '4111111111111112',
      '4242424242424241',
      '5555555555554445',
      '1234567890123456',
      '9999999999999995',
      '0000000000000000',
    ],
    ...[
      '411111111111111',
      '41111111111111111',
      '1700000000000',
      '1700000000000000',
      '1700000000000000000',
      '1234567890123456789',
      '9223372036854775807',
      '6205500000000000005',
      '4222222222223',
      '4006381333931',
      '4012345678901',
      '4007817327098',
      '1700000000123',
      '20240131235959',
    ],
    ...[
      '4111-1111-1111-1112',
      '4111 1111 1111 1112',
      '+49 170 1234567',
      '+1 (555) 123-4567',
      '555-123-4567',
      '030 1234567',
    ],
    ...[
      '0.4242424242424242',
      '3.4111111111111111',
      '12,4242424242424242',
      '192.168.100.200',
      '2024-01-31T23:59:59.123Z',
    ],
    ...[
      '4bf92f3577b34da6a3ce929d0e0e4736',
      '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
      'a4111111111111111',
    ],
    ...[
      '41111111-1111-1111-1111-111111111111',
      '6ba7b810-9dad-11d1-80b4-00c04fd430c8',
      '0x4111111111111111',
      '4111111111111111n2',
    ],
    ...[
      'DE89370400440532013001',
      'XX89370400440532013000',
      'US12345678901234567890',
      'AB12CD34EF56GH78',
      'SN2024123456789012345678901',
    ],
    ...[
      '978-3-16-148410-0',
      '1.4.2',
      '10.0.0.1:5432',
      'v20.20.2',
      '3f2a1b9c4d5e',
      '1,234,567',
      '12:34:56',
      '48.137154, 11.576124',
    ],
  ].flatMap((value) => [
    look('value', data({ orders: [{ reference: value }] })),
    look('text', text(`order ${value} was seen`)),
    look('path', text(`GET /orders/${value.replaceAll(' ', '_')} 200`)),
  ]),
  look(
    'numbers',
    data({ timeMs: 1_700_000_000_000, ns: 1_700_000_000_123_456, id: 4_111_111_111_111_112, ratio: 0.42 }),
  ),
  look('text', text('exit code 137, status code 404, error code 100123')),
  look('text', text('code 1234 of 5000 lines')),
  look('text', text('process exited with code 1 after 12345 ms')),
  look('text', text('pin 12 of port 3 is high')),
  look('text', text('zip code 80331 Munich, country code 49, area code 089')),
  look('text', text('the seed phrase must have 12 or 24 words of the list, separated by spaces, in order')),
  look('text', text('passphrase is required for this key and has to be entered by the operator at start')),
  look('text', text('words: the list has these and some more for each of our own languages in order')),
  look('text', text('keywords: shop, order, stock, price, cart')),
  look('text', text('stop words: the, and, for, with, from, into, over, under, after, before, between, through')),
  look('text', text('it took 4222222222222 ns, read 4000000000006 bytes')),
  look('data', data({ words: 12, phrase: 'hello shop', keywords: ['shop', 'order'], wordCount: 24 })),
  look('data', data({ words: 'how many words may one write in a text that has no name' })),
  look(
    'data',
    data({
      words: ['apple', 'pear', 'plum', 'cherry', 'grape', 'melon', 'peach', 'lemon', 'berry', 'mango', 'kiwi', 'fig'],
    }),
  ),
  look('text', text('SSN is required')),
  look('text', text('otp 26 and elixir 1.16')),
  look('text', text('the access code path was taken 1234 times')),
  look('text', text('your verification code has expired after 300 s')),
  look('data', data({ statusCode: 404, errorCode: 100123, zipCode: '80331', countryCode: 'DE', exitCode: 137 })),
  look('data', data({ phone: '+491701234567', fax: '0301234567', isbn: '9783161484100', ean: '4006381333931' })),
  look('command', command('node worker.js --order 4111111111111112 --since 1700000000000')),
];
