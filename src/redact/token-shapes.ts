/**
 * Tokens that are known by their shape, wherever they stand: the first two characters of each, `*` for any, and the
 * shape. Each starts with a fixed prefix and repeats one character class, so that matching stays linear.
 */
export const SHAPES: readonly (readonly [what: string, starts: string, shape: string])[] = [
  [
    'JSON web token, and one that was cut off',
    'ey',
    'eyJ(?:[\\w-]{10,}\\.[\\w.-]*|(?:hbGci|0eXAi|raWQi|lbmMi|jdHki)[\\w.-]*)',
  ],
  ['AWS access key id', 'AK AS AB AC', '(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{12,}'],
  [
    'Google API key, OAuth token, refresh token, client secret',
    'AI ya 1/ GO',
    '(?:AIza[\\w-]{30,}|ya29\\.[\\w.-]{16,}|1//0[\\w-]{20,}|GOCSPX-[\\w-]{16,})',
  ],
  ['Google OAuth code', '4/', '4/0A[\\w-]{20,}'],
  ['GitHub', 'gh gi', '(?:gh[opsur]_[A-Za-z0-9_.-]{16,}|github_pat_\\w{16,})'],
  ['GitLab', 'gl', 'gl(?:pat|ptt|rt|cbt|dt|oas|soat|ft|imt|agent|ffct|rtr)-[\\w.-]{16,}'],
  ['Bitbucket and Atlassian', 'AT', '(?:ATBB|ATATT|ATCTT)[\\w=-]{16,}'],
  ['Slack', 'xo xa', '(?:xox[abceoprs](?:-|\\.)[\\w.-]{8,}|xapp-\\d-[\\w-]{8,})'],
  [
    'Stripe, Clerk and others of this form',
    'sk pk rk wh',
    '(?:[spr]k_(?:live|test|prod)_[A-Za-z0-9_]{8,}|whsec_[\\w+/=-]{12,})',
  ],
  ['OpenAI, Anthropic, OpenRouter, DeepSeek', 'sk', 'sk-(?=[\\w-]{0,60}\\d)[\\w-]{16,}'],
  ['Twilio', 'SK AC', '(?:SK|AC)[0-9a-f]{32}(?![0-9a-f])'],
  ['SendGrid', 'SG', 'SG\\.[\\w-]{16,}\\.[\\w-]{16,}'],
  ['Mailgun', 'ke', 'key-[0-9a-f]{32}'],
  ['Mailjet-like, Brevo', 'xk', 'xkeysib-[0-9a-f]{16,}[\\w-]*'],
  [
    'Package registries',
    'np py ru dc oy ci',
    '(?:npm_[A-Za-z0-9]{20,}|pypi-[\\w-]{16,}|rubygems_[0-9a-f]{20,}|dckr_(?:pat|oat)_[\\w-]{16,}|oy2[a-z0-9]{43}|cio[A-Za-z0-9]{32})',
  ],
  [
    'Model hosts',
    'hf r8 gs xa pp nv',
    '(?:hf_[A-Za-z0-9]{20,}|r8_[A-Za-z0-9]{20,}|gsk_[A-Za-z0-9]{20,}|xai-[A-Za-z0-9]{20,}|pplx-[A-Za-z0-9]{20,}|nvapi-[\\w-]{20,})',
  ],
  [
    'Cloud hosts',
    'do da HR fo fm rn ts LT AK',
    '(?:do[opr]_v1_[0-9a-f]{16,}|dapi[0-9a-f]{28,}(?:-\\d)?|HRKU-[\\w-]{20,}|fo1_[\\w-]{20,}|fm[12][ar]?_[\\w+/=-]{20,}|rnd_[A-Za-z0-9]{20,}|tskey-[a-z]{3,8}-[\\w-]{16,}|LTAI[A-Za-z0-9]{12,}|AKID[A-Za-z0-9]{13,})',
  ],
  ['HashiCorp', 'hv', 'hv[sbr]\\.[\\w-]{16,}'],
  [
    'Shopify, Square, Braintree',
    'sh EA ac sq',
    '(?:shp(?:at|ca|pa|ss|tka)_[0-9a-fA-F]{16,}|EAAA[\\w-]{30,}|access_token\\$(?:production|sandbox)\\$[0-9a-z]{8,}\\$[0-9a-f]{16,}|sq0[a-z]{3}-[\\w-]{16,})',
  ],
  ['Facebook', 'EA', 'EAA[A-Za-z0-9]{40,}'],
  ['Discord bot', 'M* N* O*', '[MNO][\\w-]{23,27}\\.[\\w-]{6}\\.[\\w-]{27,}'],
  [
    'Observability',
    'gl NR dt sn ph li',
    '(?:gl(?:c|sa)_[\\w+/=]{20,}|NRAK-[A-Z0-9]{20,}|NRJS-[0-9a-f]{12,}|dt0[a-z]\\d{2}\\.[A-Z0-9]{20,}\\.[A-Z0-9]{20,}|sntr[yu]s_[\\w+/=]{20,}|ph[cx]_[A-Za-z0-9]{30,}|lin_api_[A-Za-z0-9]{20,})',
  ],
  [
    'Postman, Notion, Airtable, Figma, Linear, Doppler, Pulumi, PlanetScale, Supabase',
    'PM se nt pa fi dp pu ps sb',
    '(?:PMAK-[0-9a-f-]{30,}|secret_[A-Za-z0-9]{30,}|ntn_[A-Za-z0-9]{30,}|pat[A-Za-z0-9]{14}\\.[0-9a-f]{32,}|fig[duo]_[\\w-]{20,}|dp\\.(?:pt|st|ct|sa|scim|audit)\\.[\\w.-]{20,}|pul-[0-9a-f]{30,}|pscale_(?:tkn|pw|oauth)_[\\w.=-]{20,}|sbp_[0-9a-f]{30,}|sb_secret_[\\w-]{16,})',
  ],
  [
    'Duffel, EasyPost, Flutterwave, Adyen',
    'du EZ FL AQ',
    '(?:duffel_(?:test|live)_[\\w-]{20,}|EZ[AT]K[A-Za-z0-9]{40,}|FLWSECK(?:_TEST)?-[\\w-]{12,}|AQE[A-Za-z0-9+/=-]{60,})',
  ],
  ['Signed session cookie', 's: s%', 's(?::|%3A)[\\w-]{20,}\\.[\\w%+/=-]{20,}'],
  ['age, NATS', 'AG SU SA SO SN SC SX', '(?:AGE-SECRET-KEY-1[A-Z0-9]{20,}|S[UAONCX][A-Z2-7]{54,})'],
  ['1Password', 'A3 op', '(?:A3-[A-Z0-9]{6}-(?:[A-Z0-9]{5,11}-?){3,5}|ops_eyJ[\\w-]{20,})'],
  [
    'Password hashes',
    '{S $2 $a $1 $5 $6 $7 $y $s $p',
    '(?:\\{S?SHA\\}[\\w+/=]{20,}|\\$(?:2[abxy]?\\$\\d\\d\\$[./A-Za-z0-9]{53}|argon2(?:id|i|d)\\$[\\w=,$+/.-]{20,}|(?:[1567y]|apr1)\\$[\\w$=./-]{20,}|scrypt\\$[\\w=,$+/.-]{20,}|pbkdf2[\\w-]*\\$[\\w=,$+/.-]{20,}))',
  ],
  ['Extended private keys of wallets', 'xp yp zp', '[xyz]prv[A-Za-z0-9]{100,}'],
];

/** Shapes without a beginning of their own, and what a text has to hold for them. */
export const LOOSE_SHAPES: readonly (readonly [what: string, holds: string, shape: RegExp])[] = [
  ['Mailchimp', '-us', /(?<![A-Za-z0-9])[0-9a-f]{32}-us\d{1,2}(?!\w)/g],
  ['Terraform Cloud', '.atlasv1.', /(?<![A-Za-z0-9])\w{14}\.atlasv1\.[\w-]{20,}/g],
  ['Telegram bot', ':AA', /(?<![A-Za-z0-9])\d{8,10}:AA[\w-]{30,}/g],
  ['Azure AD client secret', 'Q~', /(?<![A-Za-z0-9])[\w~.-]{3}\dQ~[\w~.-]{31,34}/g],
];
