import type { Mark } from './spans.js';
import { VENDOR_TOKENS } from './vendor-tokens.js';

/**
 * Tokens with a known beginning, anywhere in a text: prefixes, and the pattern of the rest. They add to
 * those of vendor-tokens.ts, for vendors that are not there, for older forms, and for tokens that were cut off.
 */
export const TOKENS: readonly (readonly [prefixes: string, rest: string])[] = [
  // JSON web tokens, also cut off; PASETO.
  ['eyJ', '[\\w-]{10,512}\\.[\\w.-]{0,8192}'],
  ['eyJhbGci eyJ0eXAi eyJraWQi eyJlbmMi eyJqdHki', '[\\w.-]{0,8192}'],
  [
    'v1.local. v1.public. v2.local. v2.public. v3.local. v3.public. v4.local. v4.public.',
    '[\\w-]{20,8192}(?:\\.[\\w-]{0,512})?',
  ],
  // Clouds and hosts.
  ['AKIA ASIA ABIA ACCA', '[A-Z0-9]{12,64}'],
  ['ya29.', '[\\w.-]{16,2048}'],
  ['1//0 4/0A', '[\\w-]{20,512}'],
  ['AIza', '[\\w-]{30,512}'],
  [
    'GOCSPX- HRKU- fo1_ hvs. hvb. hvr. nvapi- nfp_ nfc_ nfo_ vcp_ vca_ vci_ vcr_ vck_ cfut_ cfat_ cfk_',
    '[\\w-]{16,512}',
  ],
  ['dop_v1_ doo_v1_ dor_v1_', '[0-9a-f]{16,512}'],
  ['dapi', '[0-9a-f]{28,64}(?:-\\d)?'],
  ['fm1_ fm1a_ fm1r_ fm2_ fm2a_ fm2r_', '[\\w+/=-]{20,8192}'],
  ['rnd_ railway_ koyeb_ scw_', '[A-Za-z0-9]{20,512}'],
  ['LTAI AKID', '[A-Za-z0-9]{12,64}'],
  ['tskey-', '[a-z]{3,8}-[\\w-]{16,512}'],
  ['sbp_ sbp_oauth_', '[0-9a-f]{30,512}'],
  ['sb_secret_ sb_publishable_ napi_ neon_api_ mdb_sa_sk_ mdb_sa_at_ pcsk_', '[\\w-]{16,512}'],
  ['pscale_tkn_ pscale_pw_ pscale_oauth_', '[\\w.=-]{16,512}'],
  ['dp.pt. dp.st. dp.ct. dp.sa. dp.scim. dp.audit.', '[\\w.-]{20,512}'],
  ['pul-', '[0-9a-f]{30,512}'],
  ['cflt', '[A-Za-z0-9+/]{50,512}={0,3}'],
  // Code, builds and packages.
  ['ghp_ gho_ ghs_ ghu_ ghr_', '[A-Za-z0-9_.-]{16,512}'],
  ['github_pat_', '\\w{16,512}'],
  ['glpat- glptt- glrt- glcbt- gldt- gloas- glsoat- glft- glimt- glagent- glffct- glrtr-', '[\\w.-]{16,512}'],
  ['ATBB ATATT ATCTT ATSTT', '[\\w=-]{16,512}'],
  ['rdme_ oy2 cio tvly- fw_ csk- e2b_ ntn_ secret_', '[A-Za-z0-9]{30,512}'],
  ['npm_ lin_api_ lin_oauth_ hf_ r8_ gsk_ xai- pplx-', '[A-Za-z0-9]{20,512}'],
  [
    'pypi- dckr_pat_ dckr_oat_ figd_ figu_ figo_ bkua_ bkpt_ CCIPAT_ CCIPRJ_ squ_ sqp_ sqa_ snyk_uat. snyk_sat. jfrt@',
    '[\\w.-]{16,512}',
  ],
  ['rubygems_ packagist_ort_ packagist_uut_ mlsn.', '[0-9a-f]{20,512}'],
  [
    'fw_ tgp_v1_ pris_ rpat_ rzp_live_ rzp_test_ sk_sbox_ cfpat- CFPAT-',
    '(?=[A-Za-z0-9_]{0,24}\\d)[A-Za-z0-9_]{14,512}',
  ],
  ['k8s-aws-v1.', '[\\w-]{20,8192}'],
  ['AKCp cmVmdGtuO', '[A-Za-z0-9:=]{10,512}'],
  ['sgp_', '(?:[A-Fa-f0-9]{16}_|local_)?[A-Fa-f0-9]{20,512}'],
  ['sntrys_ sntryu_ sntryi_ sntrya_', '[\\w+/=]{20,2048}'],
  ['PMAK-', '[0-9a-f-]{30,512}'],
  ['pat', '[A-Za-z0-9]{14}\\.[0-9a-f]{32,512}'],
  ['pat-na1- pat-na2- pat-na3- pat-eu1- pat-ap1-', '[0-9a-f-]{16,512}'],
  // Models.
  ['sk-', '(?=[\\w-]{0,60}\\d)[\\w-]{16,512}'],
  ['lsv2_pt_ lsv2_sk_ lsv2_', '[\\w-]{20,512}'],
  // Messages and mail.
  ['xoxa xoxb xoxc xoxe xoxo xoxp xoxr xoxs xoxd', '[-.][\\w.%-]{8,512}'],
  ['xapp- xwfp-', '\\d?-?[\\w-]{8,512}'],
  ['SG.', '[\\w-]{16,512}\\.[\\w-]{16,512}'],
  ['SK AC', '[0-9a-f]{32}(?![0-9a-f])'],
  ['key-', '[0-9a-f]{32}'],
  ['xkeysib- xsmtpsib-', '[0-9a-f]{16,512}[\\w-]{0,64}'],
  ['re_', '(?=[A-Za-z0-9_]{0,40}\\d)(?=[A-Za-z0-9_]{0,40}[A-Z])[A-Za-z0-9]{8,16}_[A-Za-z0-9]{16,64}'],
  ['MT Mj Mz NT Nz Nj OT Oz OD', '[\\w-]{20,26}\\.[\\w-]{6}\\.[\\w-]{27,512}'],
  // Payment and shops.
  [
    'sk_live_ sk_test_ sk_prod_ rk_live_ rk_test_ rk_prod_ pk_live_ pk_test_ pk_prod_ shippo_live_ shippo_test_ duffel_test_ duffel_live_',
    '[A-Za-z0-9_]{8,512}',
  ],
  ['whsec_', '[\\w+/=-]{12,512}'],
  ['shpat_ shpca_ shppa_ shpss_ shptka_', '[0-9a-fA-F]{16,512}'],
  ['EAAA sq0atp- sq0csp- sq0idp-', '[\\w-]{16,512}'],
  ['EAA', '[A-Za-z0-9]{40,512}'],
  ['access_token$production$ access_token$sandbox$', '[0-9a-z]{8,64}\\$[0-9a-f]{16,64}'],
  ['access-production- access-sandbox- access-development-', '[0-9a-f-]{16,64}'],
  ['A21AA', '[\\w-]{20,512}'],
  ['EZAK EZTK', '[A-Za-z0-9]{40,512}'],
  ['FLWSECK_TEST- FLWSECK-', '[\\w-]{12,512}'],
  ['AQE', '[A-Za-z0-9+/=-]{60,512}'],
  // Watching.
  ['glc_ glsa_', '[\\w+/=]{20,512}'],
  ['NRAK- NRII- NRIQ- NRRA-', '[A-Za-z0-9-]{16,512}'],
  ['NRJS-', '[0-9a-f]{12,512}'],
  ['dt0c01. dt0s01. dt0s02. dt0s03. dt0s08. dt0s16.', '[A-Z0-9]{8,64}\\.[A-Z0-9]{20,512}'],
  ['phc_ phx_ phs_', '[A-Za-z0-9]{30,512}'],
  ['ddapp_ ddpat_ ddsat_ hcaik_ hcxik_ hcalk_ hcamk_ hcaic_', '[\\w-]{16,512}'],
  // Vaults and wallets.
  ['AGE-SECRET-KEY-1', '[A-Z0-9]{20,512}'],
  ['A3-', '[A-Z0-9]{6}-(?:[A-Z0-9]{5,11}-?){3,5}'],
  ['ops_eyJ', '[\\w+/=-]{20,8192}'],
  ['SU SA SO SN SC SX', '[A-Z2-7]{54,64}'],
  ['xprv yprv zprv tprv uprv vprv', '[A-Za-z0-9]{100,200}'],
  // Session cookies that are signed.
  ['s: s%3A', '[\\w-]{20,512}\\.[\\w%+/=-]{20,512}'],
  // Hashes of passwords: crypt(3), PHC strings, LDAP, Django, Werkzeug, databases, Linux' boot loader.
  ['$2a$ $2b$ $2x$ $2y$ $2$ $wp$2y$', '\\d\\d\\$[./A-Za-z0-9]{20,64}'],
  ['$1$ $3$ $5$ $6$ $7$ $8$ $9$ $14$ $y$ $gy$ $H$ $P$ $S$ $apr1$ $md5$ $sha1$ $sm3$', '[\\w$=,./+-]{16,512}'],
  ['$md5,', 'rounds=\\d{1,9}\\$[\\w$./]{16,512}'],
  [
    '$argon2id$ $argon2i$ $argon2d$ $scrypt$ $yescrypt$ $s0$ $s1$ $s2$ $bcrypt-sha256$ $balloon$',
    '[\\w=,$+/.-]{16,1024}',
  ],
  ['$pbkdf2', '[\\w-]{0,16}\\$[\\w=,$+/.-]{16,1024}'],
  ['pbkdf2_sha256$ pbkdf2_sha1$ pbkdf2_sha512$ bcrypt_sha256$ bcrypt$ argon2$ scrypt$', '[\\w=,$+/.-]{16,1024}'],
  ['sha1$ md5$ sha256$ sha512$ crypt$', '[\\w./]{1,64}\\$[0-9A-Za-z+/=.]{16,512}'],
  [
    'pbkdf2:sha256 pbkdf2:sha1 pbkdf2:sha512 scrypt: sha256: sha512: sha1:',
    '[:\\d]{0,32}[:$][\\w+/=.-]{4,128}[$:][\\w+/=.-]{20,512}',
  ],
  ['{SHA {SSHA {sha {ssha {SMD {MD {PBKDF2 {pbkdf2 {x-', '[\\w.-]{0,24}\\}[\\w+/=,$.-]{16,1024}'],
  ['{CRYPT} {crypt} {ARGON2} {BCRYPT} {bcrypt} {argon2} {scrypt}', '[\\w+/=,$.-]{10,1024}'],
  ['SCRAM-SHA-256$ SCRAM-SHA-1$', '\\d{1,9}:[\\w+/=]{8,128}\\$[\\w+/=:]{20,512}'],
  ['md5', '[0-9a-f]{32}(?![0-9a-zA-Z])'],
  ['*', '[0-9A-F]{40}(?![0-9A-Za-z])'],
  ['$A$005$', '\\S{20,128}'],
  ['aad3b435b51404eeaad3b435b51404ee:', '[0-9a-f]{32}'],
  ['grub.pbkdf2.', 'sha512\\.\\d{1,9}\\.[0-9A-F]{16,512}\\.[0-9A-F]{16,512}'],
  ['AQAAAA', '(?=[\\w+/]{0,40}\\d)[A-Za-z0-9+/]{58,128}={0,2}'],
];

const pairAt = (text: string, at: number): number => text.charCodeAt(at) * 128 + text.charCodeAt(at + 1);
const anySecond = (prefix: string): number[] =>
  Array.from({ length: 128 }, (_, second) => prefix.charCodeAt(0) * 128 + second);

/** A prefix, and the pattern of the rest of its tokens, read on from a place. */
interface TokenForm {
  readonly prefix: string;
  readonly rest: RegExp;
}

/** By the first two characters of their prefixes, as `a * 128 + b`; the longest prefix first. */
const FORMS = indexForms([...TOKENS, ...VENDOR_TOKENS]);

/** Whether a token may begin with two characters, as `a * 128 + b`. */
export const TOKEN_STARTS = Uint8Array.from({ length: 128 * 128 }, (_, pair) => (FORMS.has(pair) ? 1 : 0));

/** Marks tokens with a known beginning; `starts` are the places to look at, in order. */
export function markTokens(text: string, starts: readonly number[], mark: Mark): void {
  let done = 0;
  for (const at of starts) {
    if (at < done) continue;
    const end = tokenEnd(text, at);
    if (end === undefined) continue;
    mark(at, end);
    done = end;
  }
}

function tokenEnd(text: string, at: number): number | undefined {
  for (const { prefix, rest } of FORMS.get(pairAt(text, at)) ?? []) {
    if (!text.startsWith(prefix, at)) continue;
    rest.lastIndex = at + prefix.length;
    if (rest.test(text)) return rest.lastIndex;
  }
  return undefined;
}

function indexForms(rows: typeof TOKENS): ReadonlyMap<number, readonly TokenForm[]> {
  const forms = new Map<number, TokenForm[]>();
  for (const [prefixes, pattern] of rows) {
    const rest = new RegExp(pattern, 'y');
    for (const prefix of prefixes.split(' ')) {
      for (const pair of prefix.length > 1 ? [pairAt(prefix, 0)] : anySecond(prefix)) {
        forms.set(pair, [...(forms.get(pair) ?? []), { prefix, rest }]);
      }
    }
  }
  for (const alike of forms.values()) alike.sort((a, b) => b.prefix.length - a.prefix.length);
  return forms;
}
