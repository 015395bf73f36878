/**
 * What programs that look for open SIP servers and guess passwords call themselves in User-Agent, in lower case and
 * without versions: SIPVicious and its descendants, sipcli, the VaxVoIP kit, and probes that share their wordlists. Any
 * answer tells them that somebody is here, and they come back; so they get none.
 */
const scanners: readonly string[] = [
  'friendly-scanner',
  'friendly-request',
  'sipvicious',
  'sip-scan',
  'sipsak',
  'sipcli',
  'sundayddr',
  'vaxsipuseragent',
  'vaxipuseragent',
  'pplsip',
  'iwar',
  'smap',
  'siparmyknife',
  'sipptk',
  'test agent',
];

/** Whether a User-Agent is one of a known scanner. */
export function isScanner(userAgent: string | undefined): boolean {
  if (userAgent === undefined) return false;
  const lower = userAgent.slice(0, 64).toLowerCase();
  return scanners.some((name) => lower.startsWith(name));
}
