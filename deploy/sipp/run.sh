#!/bin/sh
# Gives the demonstration mailbox a PIN of its own for this run, and runs the SIPp scenarios that take any mailbox, or
# one that is named. It is started in the folder of package.json. SIP_TARGET is where calls go, TOUCHTONE_URL where administrators do; the token is in DATA_DIR.
set -eu
extension=${EXTENSION:-51234}
TOUCHTONE_TOKEN=${TOUCHTONE_TOKEN:-$(cat "${DATA_DIR:-/var/lib/touchtone}/admin-token")}
# Nine digits that no rule refuses: neither a row, nor a repetition, nor the extension.
TOUCHTONE_PIN=$(node -e '
  const { randomInt } = require("node:crypto");
  const hasPattern = (pin) => /(\d)\1/.test(pin) || [...pin].some((digit, at) => Math.abs(digit - (pin[at + 1] ?? 99)) === 1);
  let pin;
  do pin = String(randomInt(100_000_000, 999_999_999)); while (hasPattern(pin));
  console.log(pin);')
export TOUCHTONE_TOKEN TOUCHTONE_PIN
./touchtone Set-UMMailboxPIN -Identity "$extension" -PIN "$TOUCHTONE_PIN" -PinExpired '$false' -LockedOut '$false' >/dev/null
exec node src/testing/sipp/main.ts "${1:-all}" "$SIP_TARGET" --extension "$extension"
