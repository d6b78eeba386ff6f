/** Words for a password, a secret or a key in other languages, without accents, as `foldName` writes them. */

const words = (list: string): readonly string[] => list.split(/\s+/).filter(Boolean).map(foldName);

/** Letters that Unicode does not decompose. */
const LETTERS: { readonly [letter: string]: string } = {
  ...{ ł: 'l', ø: 'o', đ: 'd', ð: 'd', þ: 'th', ı: 'i', ß: 'ss', æ: 'ae', œ: 'oe', ə: 'e' },
};

/** A name in lower case and without accents. */
export function foldName(name: string): string {
  const lower = name.toLowerCase();
  if (!/[^\0-\x7f]/.test(lower)) return lower;
  return lower
    .normalize('NFKD')
    .replace(/[\p{M}\p{Cf}]+/gu, '')
    .replace(/[łøđðþıßæœə]/g, (letter) => LETTERS[letter] ?? letter);
}

const PASSWORDS = words(`
  passwort kennwort losungswort passwuert wachtwoord wagwoord pasfhocal
  motdepasse mdp codesecret codeconfidentiel
  contrasena contrasenia contrasenya contrasinal clave palabrasecreta senha palavrapasse palavrachave segredo
  parola parolachiave parolechiave paroladordine segreto pasahitza
  losenord hemlighet adgangskode kodeord hemmelighed passord hemmelighet lykilord adgangsord loyniord
  salasana tunnussana salaisuus salasona parool parooli slaptazodis
  haslo heslo geslo lozinka zaporka sifra jelszo fjalekalim fjalekalimi parol
  sifre sifreler sifresi sifreniz parolasi hesla hasla senhas claves gizlianahtar matkhau katasandi sandi katalaluan nenosiri nywila pasvorto cyfrinair geheimnis geheim
  kodikos synthimatiko
  парол кодовоеслово лозинка секрет сырсөз құпиясөз нууцүг гасло
  κωδικός κωδικόςπρόσβασης συνθηματικό պարոլ գաղտնաբառ პაროლი
  סיסמה סיסמא כלמתסוד كلمةالمرور كلمةالسر كلمهالسر كلمهالمرور الرقمالسري رمزعبور گذرواژه پسورد پاسورڈ
  पासवर्ड कूटशब्द गुप्तशब्द পাসওয়ার্ড கடவுச்சொல் పాస్‌వర్డ్ ಪಾಸ್‌ವರ್ಡ್ ಗುಪ್ತಪದ പാസ്‌വേഡ് પાસવર્ડ ਪਾਸਵਰਡ මුරපදය
  รหัสผ่าน ລະຫັດຜ່ານ ពាក្យសម្ងាត់ စကားဝှက် የይለፍቃል
  密码 密碼 口令 密钥 密鑰 金鑰 私钥 私鑰 令牌 凭证 憑證 通行码 通行碼
  パスワード パスフレーズ パスコード 暗証番号 秘密鍵 秘密 合言葉 トークン
  비밀번호 패스워드 암호 비밀키 토큰
`);

/** A key, which may be one of a map: masked if its value looks like one. */
export const FOREIGN_KEYS: ReadonlySet<string> = new Set(
  words(`
  schlussel schluessel cle clef chave chiave llave sleutel nyckel nokkel nogle avain klucz klic kluc kulcs cheie kljuc
  anahtar jeton ключ токен κλειδί 鍵 parole 키
`),
);

/** In the Latin alphabet only long words are looked for within others: `clave` is in `conclave`. */
const LONG = 7;
const isLatin = (word: string): boolean => /^[a-z]+$/.test(word);
const WHOLE: ReadonlySet<string> = new Set(PASSWORDS);
const WITHIN = new RegExp(PASSWORDS.filter((word) => word.length >= LONG || !isLatin(word)).join('|'));

/** Whether a name, folded and in words, speaks of a password in another language than English. */
export function isForeignPassword(words: readonly string[]): boolean {
  return words.some((word) => WHOLE.has(word)) || WITHIN.test(words.join(''));
}
