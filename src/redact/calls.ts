import type { JudgeName } from './names.js';
import type { Mark } from './spans.js';
import { isPlainValue, isProse, masksValue } from './values.js';

/** A literal after a literal name: `define('DB_PASSWORD', 'x')`, `page.fill('#password', 'x')`, `get('#pin').type('x')`. */
const ARGUMENTS =
  /\w\(\s{0,4}(?:"([^"\n]{2,100})"|'([^'\n]{2,100})'|`([^`\n]{2,100})`)(?:,\s{0,4}|\)\.(?:fill|type|val|set|value|setValue|sendKeys|send_keys|input)\(\s{0,4})["'`]([^"'`\n]{1,512})["'`]/g;
/** A setter's or signer's literal: `setToken('x')`, `jwt.sign(payload, 'x')`, `createHmac('sha256', 'x')`. */
const CALLED =
  /\b(?:set\w{0,40}(?:password|token|secret|apikey)\w{0,20}\(|(?:jwt\.(?:sign|verify)|create(?:Hmac|Cipheriv|Decipheriv)|auth|authenticate|login|bearer|cookieParser|Keygrip)\([^'"`()\n]{0,60}(?:["'`][^'"`()\n]{0,60}["'`],\s{0,4})?)["'`]([^'"`\n]{4,512})["'`]\s{0,4}[,)]/gi;
/** The password comes first: `scryptSync('x', salt, 32)`, `bcrypt.compare('x', hash)`. */
const DERIVED =
  /\b(?:scrypt|pbkdf2|(?:bcrypt|argon2|bcryptjs)\w{0,4}\.(?:hash|compare))(?:Sync)?\(\s{0,4}["'`]([^'"`\n]{4,512})["'`]/gi;
/** `Buffer.from('bob:x').toString('base64')`, `btoa('bob:x')`. */
const ENCODED = /\b(?:Buffer\.from|btoa)\(\s{0,4}["'`][\w.@+-]{1,64}:([^'"`\n/ ][^'"`\n]{2,256})["'`]/g;
/** A login in order: `new Sequelize('shop', 'app', 'x')`, `twilio('AC…', 'x')`. */
const ORDERED =
  /\b(?:Sequelize\(\s{0,4}["'`][^"'`\n]{0,64}["'`],\s{0,4}|twilio\()\s{0,4}["'`][^"'`\n]{1,64}["'`],\s{0,4}["'`]([^'"`\n]{4,512})["'`]/gi;
/** `'Bearer ' + 'x'`. */
const JOINED = /\b(?:bearer|basic|token|apikey) ["'`]\s{0,4}\+\s{0,4}["'`]([^'"`\n]{4,2048})["'`]/gi;

/** Marks literals that calls in code say to be secret; in texts too, since messages quote code. */
export function markCalls(text: string, judge: JudgeName, mark: Mark): void {
  for (const match of text.matchAll(ARGUMENTS)) {
    const [whole, double, single, template, value = ''] = match;
    const to = match.index + whole.length - 1;
    const name = nameIn(double ?? single ?? template ?? '');
    if (name !== '' && judge(value) === 'none' && masksValue(judge(name), value)) mark(to - value.length, to);
  }
  for (const pattern of [CALLED, DERIVED, ENCODED, ORDERED, JOINED]) {
    for (const match of text.matchAll(pattern)) {
      const value = match[1] ?? '';
      if (isPlainValue(value) || isProse(value) || judge(value) !== 'none') continue;
      const from = match.index + match[0].lastIndexOf(value);
      mark(from, from + value.length);
    }
  }
}

/** A plain name, or what a selector ends with: `#login .password`, `input[name="password"]`. */
function nameIn(literal: string): string {
  if (/^[\w.-]+$/.test(literal)) return literal;
  if (!/[#.[=]/.test(literal)) return '';
  return /([\w-]{2,60})["']?\]?$/.exec(literal)?.[1] ?? '';
}
