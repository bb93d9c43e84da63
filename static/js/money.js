// The same words for amounts as the server's: 1300 -> "$13.00", -250 -> "-$2.50".
export function dollars(cents) {
  const whole = Math.floor(Math.abs(cents) / 100).toLocaleString("en-US");
  const rest = String(Math.abs(cents) % 100).padStart(2, "0");
  return `${cents < 0 ? "-" : ""}$${whole}.${rest}`;
}

// 2000 -> "20%", 1250 -> "12.5%"
export function percent(basisPoints) {
  return `${basisPoints / 100}%`;
}
