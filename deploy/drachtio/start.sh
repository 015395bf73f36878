#!/bin/sh
# Starts drachtio-server in the foreground with the configuration beside this script; its log is the standard output.
#
#   DRACHTIO_SECRET_FILE   the file that has the secret of the service's connection
#   SIP_ADDRESS            the address of this machine that phones call; 127.0.0.1 when absent
#   SIP_PORT               5060 when absent
#   ADVERTISED_ADDRESS     the address that phones know it by, behind NAT
#   DRACHTIO               the program
set -eu
conf=$(cd "$(dirname "$0")" && pwd)
secret_file=${DRACHTIO_SECRET_FILE:-/run/secrets/drachtio_secret}
if ! grep -Eqx '[A-Za-z0-9_-]{16,256}' "$secret_file" 2>/dev/null; then
  echo "$secret_file has no secret of 16 to 256 letters and digits; deploy/make-secrets makes one." >&2
  exit 78
fi
# In the environment and not among the arguments, which every user of the machine can read.
DRACHTIO_SECRET=$(cat "$secret_file")
export DRACHTIO_SECRET
address=${SIP_ADDRESS:-127.0.0.1}
port=${SIP_PORT:-5060}
set -- --file "$conf/drachtio.conf.xml" --contact "sip:$address:$port;transport=udp,tcp"
if [ -n "${ADVERTISED_ADDRESS:-}" ] && [ "$ADVERTISED_ADDRESS" != "$address" ]; then
  set -- "$@" --external-ip "$ADVERTISED_ADDRESS"
fi
# The media servers are on this machine: towards them it is known by an address that is not behind NAT.
if [ "$address" != 127.0.0.1 ]; then
  set -- "$@" --contact "sip:127.0.0.1:$port;transport=udp,tcp" --local-net 127.0.0.0/8
fi
exec "${DRACHTIO:-drachtio}" "$@" </dev/null
