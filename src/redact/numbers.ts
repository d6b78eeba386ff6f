/** Numbers that carry their own proof: payment cards (ISO/IEC 7812) and bank accounts (ISO 13616). */

/** The first digits and the lengths of card numbers, for the brands in use; 13 digits are an old card's. */
const BRANDS: readonly (readonly [start: RegExp, lengths: readonly number[]])[] = [
  [/^4/, [13, 16, 19]],
  [/^(?:5[1-5]|222[1-9]|22[3-9]|2[3-6]|27[01]|2720)/, [16]],
  [/^3[47]/, [15]],
  [/^3(?:0[0-5]|095|6|[89])/, [14]],
  [/^35(?:2[89]|[3-8])/, [16]],
  [/^(?:6011|64[4-9]|65)/, [16, 19]],
  [/^(?:62|81)/, [16, 19]],
  [/^220[0-4]/, [16, 19]],
  [/^(?:50[0-9]|5[6-8]|6[037]|9792)/, [16, 19]],
];

/** Whether digits, with or without signs between them, are the number of a payment card. */
export function isCardNumber(text: string): boolean {
  const digits = text.replace(/%20|\D/g, '');
  const fits = BRANDS.some(([start, lengths]) => start.test(digits) && lengths.includes(digits.length));
  return fits && !/^(\d)\1+$/.test(digits) && passesLuhn(digits) && !isArticleNumber(digits);
}

/** The number of a thing that is sold, EAN-13: those of German shops begin as Visa's cards do. */
function isArticleNumber(digits: string): boolean {
  if (digits.length !== 13) return false;
  const sum = [...digits].reduce((total, digit, place) => total + Number(digit) * (place % 2 === 0 ? 1 : 3), 0);
  return sum % 10 === 0;
}

function passesLuhn(digits: string): boolean {
  let sum = 0;
  for (let place = 0; place < digits.length; place++) {
    const digit = digits.charCodeAt(digits.length - 1 - place) - 48;
    const doubled = place % 2 === 0 ? digit : digit * 2;
    sum += doubled > 9 ? doubled - 9 : doubled;
  }
  return sum % 10 === 0;
}

/** Lengths of IBANs by country, from the registry of SWIFT. */
const IBAN_LENGTHS =
  'AD24AE23AL28AT20AZ28BA20BE16BG22BH22BI27BR29BY28CH21CR22CY28CZ24DE22DJ27DK18DO28EE20EG29ES24FI18FK18FO18FR27GB22GE22GI23GL18GR27GT28HR21HU28IE22IL23IQ23IS26IT27JO30KW30KZ20LB28LC32LI21LT20LU20LV21LY25MC27MD24ME22MK19MN20MR27MT31MU30NI28NL18NO15OM23PK24PL28PS29PT25QA29RO24RS22RU33SA24SC31SD18SE24SI19SK24SM27SO23ST25SV28TL23TN24TR26UA29VA22VG24XK20YE30';
const LENGTH_BY_COUNTRY = new Map(
  [...IBAN_LENGTHS.matchAll(/([A-Z]{2})(\d\d)/g)].map(([, country = '', length]) => [country, Number(length)]),
);

/** Whether a text is an IBAN: a country's, as long as those are, with the right check digits. */
export function isIban(text: string): boolean {
  const compact = text.replace(/[^A-Za-z0-9]/g, '').toUpperCase();
  if (LENGTH_BY_COUNTRY.get(compact.slice(0, 2)) !== compact.length) return false;
  let rest = 0;
  for (const sign of compact.slice(4) + compact.slice(0, 4)) {
    const value = Number.parseInt(sign, 36);
    rest = (rest * (value > 9 ? 100 : 10) + value) % 97;
  }
  return rest === 1;
}
