#!/bin/sh
# Starts FreeSWITCH in the foreground with the configuration beside this script; its log is the standard output.
#
#   FREESWITCH_PASSWORD_FILE   the file that has the secret of the event socket
#   SIP_ADDRESS                the address of this machine that phones send audio to; 127.0.0.1 when absent
#   ADVERTISED_ADDRESS         the address that phones know it by, behind NAT
#   FREESWITCH                 the program
#   FREESWITCH_MODULES         the folder of its modules; absent, where it was built to look for them
#   FREESWITCH_STATE           a folder for what it writes while it runs; /tmp/freeswitch when absent
#   FREESWITCH_EVENT_SOCKET_PORT, FREESWITCH_SIP_PORT, FREESWITCH_RTP_FIRST, FREESWITCH_RTP_LAST, FREESWITCH_MAX_SESSIONS
#                              for a second one on the same machine: freeswitch.xml has what they are when absent
set -eu
conf=$(cd "$(dirname "$0")" && pwd)
export FREESWITCH_PASSWORD_FILE="${FREESWITCH_PASSWORD_FILE:-/run/secrets/freeswitch_password}"
case $FREESWITCH_PASSWORD_FILE in
  *[!A-Za-z0-9/._-]*) echo "FREESWITCH_PASSWORD_FILE may have letters, digits and / . _ - only." >&2; exit 78 ;;
esac
# Without this FreeSWITCH would start with the secret that the whole world knows.
if ! grep -Eqx '[A-Za-z0-9_-]{16,256}' "$FREESWITCH_PASSWORD_FILE" 2>/dev/null; then
  echo "$FREESWITCH_PASSWORD_FILE has no secret of 16 to 256 letters and digits; deploy/make-secrets makes one." >&2
  exit 78
fi
state=${FREESWITCH_STATE:-/tmp/freeswitch}
# FreeSWITCH writes its configuration there again, with the secret in it.
umask 077
mkdir -p "$state"
exec "${FREESWITCH:-freeswitch}" -nf -nc -np -nonat ${FREESWITCH_MODULES:+-mod "$FREESWITCH_MODULES"} \
  -conf "$conf" -log "$state" -db "$state" -run "$state" -temp "$state" </dev/null
