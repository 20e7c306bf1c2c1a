/** True when the digits satisfy the Luhn checksum of card numbers (ISO/IEC 7812-1, annex B). */
export function isCardNumber(text: string): boolean {
  const digits = Array.from(text.replaceAll(/[ -]/g, ''), Number).reverse();
  if (digits.length < 12 || digits.some(Number.isNaN)) return false;
  const sum = digits.reduce((all, digit, k) => {
    const doubled = k % 2 === 1 ? digit * 2 : digit;
    return all + (doubled > 9 ? doubled - 9 : doubled);
  }, 0);
  return sum % 10 === 0;
}

/** True when the check digits of an IBAN are right: mod 97 of ISO 7064, as ISO 13616 demands. */
export function isIban(text: string): boolean {
  const plain = text.replaceAll(' ', '');
  if (!/^[A-Z]{2}\d{2}[A-Z0-9]{11,30}$/.test(plain)) return false;
  const turned = plain.slice(4) + plain.slice(0, 4);
  let rest = 0;
  for (const sign of turned) {
    for (const digit of String(Number.parseInt(sign, 36))) rest = (rest * 10 + Number(digit)) % 97;
  }
  return rest === 1;
}
