import type { Mark } from './spans.js';

/**
 * Tokens that are known by their shape, wherever they stand. Each starts with a fixed prefix and repeats one character
 * class, so that matching stays linear.
 */
const SHAPES: readonly (readonly [what: string, shape: string])[] = [
  [
    'JSON web token, and one that was cut off',
    'eyJ(?:[\\w-]{10,}\\.[\\w.-]*|(?:hbGci|0eXAi|raWQi|lbmMi|jdHki)[\\w.-]*)',
  ],
  ['AWS access key id', '(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{12,}'],
  [
    'Google API key, OAuth token, refresh token, client secret',
    '(?:AIza[\\w-]{30,}|ya29\\.[\\w.-]{16,}|1//0[\\w-]{20,}|GOCSPX-[\\w-]{16,})',
  ],
  ['Google OAuth code', '4/0A[\\w-]{20,}'],
  ['GitHub', '(?:gh[opsur]_[A-Za-z0-9_.-]{16,}|github_pat_\\w{16,})'],
  ['GitLab', 'gl(?:pat|ptt|rt|cbt|dt|oas|soat|ft|imt|agent|ffct|rtr)-[\\w.-]{16,}'],
  ['Bitbucket and Atlassian', '(?:ATBB|ATATT|ATCTT)[\\w=-]{16,}'],
  ['Slack', '(?:xox[abceoprs](?:-|\\.)[\\w.-]{8,}|xapp-\\d-[\\w-]{8,})'],
  ['Stripe, Clerk and others of this form', '(?:[spr]k_(?:live|test|prod)_[A-Za-z0-9_]{8,}|whsec_[\\w+/=-]{12,})'],
  ['OpenAI, Anthropic, OpenRouter, DeepSeek', 'sk-(?=[\\w-]{0,60}\\d)[\\w-]{16,}'],
  ['Twilio', '(?:SK|AC)[0-9a-f]{32}(?![0-9a-f])'],
  ['SendGrid', 'SG\\.[\\w-]{16,}\\.[\\w-]{16,}'],
  ['Mailgun, Mailchimp', '(?:key-[0-9a-f]{32}|[0-9a-f]{32}-us\\d{1,2}(?!\\w))'],
  ['Mailjet-like, Brevo', 'xkeysib-[0-9a-f]{16,}[\\w-]*'],
  [
    'Package registries',
    '(?:npm_[A-Za-z0-9]{20,}|pypi-[\\w-]{16,}|rubygems_[0-9a-f]{20,}|dckr_(?:pat|oat)_[\\w-]{16,}|oy2[a-z0-9]{43}|cio[A-Za-z0-9]{32})',
  ],
  [
    'Model hosts',
    '(?:hf_[A-Za-z0-9]{20,}|r8_[A-Za-z0-9]{20,}|gsk_[A-Za-z0-9]{20,}|xai-[A-Za-z0-9]{20,}|pplx-[A-Za-z0-9]{20,}|nvapi-[\\w-]{20,})',
  ],
  [
    'Cloud hosts',
    '(?:do[opr]_v1_[0-9a-f]{16,}|dapi[0-9a-f]{28,}(?:-\\d)?|HRKU-[\\w-]{20,}|fo1_[\\w-]{20,}|fm[12][ar]?_[\\w+/=-]{20,}|rnd_[A-Za-z0-9]{20,}|tskey-[a-z]{3,8}-[\\w-]{16,}|LTAI[A-Za-z0-9]{12,}|AKID[A-Za-z0-9]{13,})',
  ],
  ['HashiCorp', '(?:hv[sbr]\\.[\\w-]{16,}|[\\w]{14}\\.atlasv1\\.[\\w-]{20,})'],
  [
    'Shopify, Square, Braintree',
    '(?:shp(?:at|ca|pa|ss|tka)_[0-9a-fA-F]{16,}|EAAA[\\w-]{30,}|access_token\\$(?:production|sandbox)\\$[0-9a-z]{8,}\\$[0-9a-f]{16,}|sq0[a-z]{3}-[\\w-]{16,})',
  ],
  ['Facebook', 'EAA[A-Za-z0-9]{40,}'],
  ['Telegram bot', '\\d{8,10}:AA[\\w-]{30,}'],
  ['Discord bot', '[MNO][\\w-]{23,27}\\.[\\w-]{6}\\.[\\w-]{27,}'],
  [
    'Observability',
    '(?:gl(?:c|sa)_[\\w+/=]{20,}|NRAK-[A-Z0-9]{20,}|NRJS-[0-9a-f]{12,}|dt0[a-z]\\d{2}\\.[A-Z0-9]{20,}\\.[A-Z0-9]{20,}|sntr[yu]s_[\\w+/=]{20,}|ph[cx]_[A-Za-z0-9]{30,}|lin_api_[A-Za-z0-9]{20,})',
  ],
  [
    'Postman, Notion, Airtable, Figma, Linear, Doppler, Pulumi, PlanetScale, Supabase',
    '(?:PMAK-[0-9a-f-]{30,}|secret_[A-Za-z0-9]{30,}|ntn_[A-Za-z0-9]{30,}|pat[A-Za-z0-9]{14}\\.[0-9a-f]{32,}|fig[duo]_[\\w-]{20,}|dp\\.(?:pt|st|ct|sa|scim|audit)\\.[\\w.-]{20,}|pul-[0-9a-f]{30,}|pscale_(?:tkn|pw|oauth)_[\\w.=-]{20,}|sbp_[0-9a-f]{30,}|sb_secret_[\\w-]{16,})',
  ],
  [
    'Duffel, EasyPost, Flutterwave, Adyen',
    '(?:duffel_(?:test|live)_[\\w-]{20,}|EZ[AT]K[A-Za-z0-9]{40,}|FLWSECK(?:_TEST)?-[\\w-]{12,}|AQE[A-Za-z0-9+/=-]{60,})',
  ],
  ['Signed session cookie', 's(?::|%3A)[\\w-]{20,}\\.[\\w%+/=-]{20,}'],
  ['age, NATS', '(?:AGE-SECRET-KEY-1[A-Z0-9]{20,}|S[UAONCX][A-Z2-7]{54,})'],
  ['1Password', '(?:A3-[A-Z0-9]{6}-(?:[A-Z0-9]{5,11}-?){3,5}|ops_eyJ[\\w-]{20,})'],
  ['Azure AD client secret', '[\\w~.-]{3}\\dQ~[\\w~.-]{31,34}'],
  [
    'Password hashes',
    '(?:\\{S?SHA\\}[\\w+/=]{20,}|\\$(?:2[abxy]?\\$\\d\\d\\$[./A-Za-z0-9]{53}|argon2(?:id|i|d)\\$[\\w=,$+/.-]{20,}|(?:[1567y]|apr1)\\$[\\w$=./-]{20,}|scrypt\\$[\\w=,$+/.-]{20,}|pbkdf2[\\w-]*\\$[\\w=,$+/.-]{20,}))',
  ],
  ['Extended private keys of wallets', '[xyz]prv[A-Za-z0-9]{100,}'],
];

const SHAPE = new RegExp(`(?<![A-Za-z0-9])(?:${SHAPES.map(([, shape]) => shape).join('|')})`, 'g');

/** Cheap and necessary: no shape matches a text without one of these. */
const MAY_HAVE_SHAPE = /[\w$~.-]{11}/;

/** The schemes of Authorization headers. */
const SCHEME =
  /\b(bearer|basic|token|apikey|negotiate|ntlm|ghs|splunk|discordbot|bot|sso-key|key)(?:\s|%20|\+){1,3}([\w+/=.~:-]{8,8192})/gi;

/** Marks tokens of well-known shape and what follows `Bearer` and `Basic`. */
export function markShapes(text: string, mark: Mark): void {
  if (text.length < 12 || !MAY_HAVE_SHAPE.test(text)) return;
  for (const match of text.matchAll(SHAPE)) mark(match.index, match.index + match[0].length);
  for (const match of text.matchAll(SCHEME)) {
    const value = match[2] ?? '';
    if (isSchemeValue((match[1] ?? '').toLowerCase(), value)) {
      const to = match.index + match[0].length;
      mark(to - value.length, to);
    }
  }
}

function isSchemeValue(scheme: string, value: string): boolean {
  if (scheme === 'bearer') return /\d/.test(value) || value.length >= 24;
  if (scheme === 'basic') return basicPassword(value) !== undefined;
  return value.length >= 16 && /\d/.test(value) && /[A-Za-z]/.test(value) && !/^[\d.:]+$|^[0-9a-f]{8}-/.test(value);
}

/** The password in the base64 of `user:password`. */
export function basicPassword(value: string): string | undefined {
  if (value.length > 4096 || !/^[A-Za-z0-9+/_-]{4,}={0,2}$/.test(value)) return undefined;
  const decoded = Buffer.from(value, 'base64').toString('utf8');
  const colon = decoded.indexOf(':');
  return colon >= 0 && /^[\x20-\x7e\u00a0-\uffef]+$/.test(decoded) && !decoded.includes('\ufffd')
    ? decoded.slice(colon + 1)
    : undefined;
}
