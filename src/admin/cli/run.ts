import { ApiClient, ApiProblem } from './api-client.ts';
import type { Cmdlet, CmdletResult } from './cmdlet.ts';
import { CMDLETS } from './cmdlets/cmdlets.ts';
import { MANAGERS } from './cmdlets/identity.ts';
import { parametersOf } from './common-parameters.ts';
import { connectionOf } from './connection.ts';
import { EXIT_CODES, type ExitCode } from './exit-codes.ts';
import { Failure, UsageFailure } from './failure.ts';
import { formatResult, OUTPUT_FORMATS } from './format/output.ts';
import { printable } from './format/value.ts';
import { helpOf, overview } from './help.ts';
import type { Host } from './host.ts';
import { matchName } from './name-match.ts';
import { type BoundParameters, booleanOf, textOf } from './parameter.ts';
import { bindParameters } from './parameter-binder.ts';
import { exitCodeOf, problemSentence } from './problem-sentence.ts';
import { confirm } from './prompts.ts';

/** Runs one command line to its end. Resolves with the exit code; rejects only with a fault of the program. */
export async function runCommandLine(args: readonly string[], host: Host): Promise<ExitCode> {
  try {
    return await dispatch(args, host);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    host.stderr.write(`${printable(error.message)}\n`);
    return error.exitCode;
  }
}

const WORDS_FOR_HELP = ['get-command', 'get-help', 'help', '-help', '--help', '-h', '-?', '/?'];

async function dispatch(args: readonly string[], host: Host): Promise<ExitCode> {
  const [word = 'Get-Command', ...rest] = args;
  if (WORDS_FOR_HELP.includes(word.toLowerCase())) {
    const about = rest.find((one) => /^[a-z]/i.test(one));
    host.stdout.write(about === undefined ? overview(CMDLETS) : helpOf(cmdletCalled(about)));
    return EXIT_CODES.done;
  }
  const cmdlet = cmdletCalled(word);
  const binding = bindParameters(rest, parametersOf(cmdlet));
  if (binding.kind === 'help') {
    host.stdout.write(helpOf(cmdlet));
    return EXIT_CODES.done;
  }
  return carryOut(cmdlet, binding.parameters, host);
}

function cmdletCalled(word: string): Cmdlet {
  const match = matchName(word, CMDLETS, ({ name }) => [name]);
  if (match.kind === 'found') return match.one;
  if (match.kind === 'ambiguous') {
    throw new UsageFailure(`That can mean ${match.candidates.map(({ name }) => name).join(', ')}. Write more of it.`);
  }
  throw new UsageFailure('There is no such cmdlet; ./touchtone alone lists those that there are.');
}

async function carryOut(cmdlet: Cmdlet, parameters: BoundParameters, host: Host): Promise<ExitCode> {
  const whatIf = booleanOf(parameters, 'WhatIf') === true;
  const api = new ApiClient(() => connectionOf(host, booleanOf(parameters, 'AllowPlainHttp') === true));
  if (!whatIf && !(await isWanted(cmdlet, parameters, host))) {
    host.stderr.write('Nothing was done.\n');
    return EXIT_CODES.refused;
  }
  const result = await cmdlet.run({ parameters, api, host, whatIf }).catch(async (error: unknown) => {
    if (!(error instanceof ApiProblem)) throw error;
    const { tokenFrom } = await api.connection();
    const roles = cmdlet.roles?.(parameters) ?? MANAGERS;
    const asked = { parameters: cmdlet.parameters, tokenFrom, roles };
    throw new Failure(problemSentence(error.answer, asked), exitCodeOf(error.answer));
  });
  return show(whatIf ? supposed(result, cmdlet.intent?.(parameters) ?? '') : result, parameters, host);
}

/** Asks where that was asked for, and before what cannot be undone. */
async function isWanted({ effect, intent }: Cmdlet, parameters: BoundParameters, host: Host): Promise<boolean> {
  const asks = booleanOf(parameters, 'Confirm') ?? effect === 'destroys';
  return !asks || confirm(`Really ${printable(intent?.(parameters) ?? '')}?`, host);
}

/** What a result is called when nothing was done. */
function supposed(result: CmdletResult, intent: string): CmdletResult {
  const sentence = `What if: this would ${printable(intent)}. Nothing was done.`;
  return result.kind === 'many'
    ? { ...result, notice: [result.notice, sentence].filter(Boolean).join('\n') }
    : { ...result, sentence };
}

function show(result: CmdletResult, parameters: BoundParameters, host: Host): ExitCode {
  const { stdout, stderr } = host;
  const wanted = textOf(parameters, 'OutputFormat');
  const format = OUTPUT_FORMATS.find((one) => one === wanted);
  const width = stdout.isTTY ? (stdout.columns ?? 80) : Number.POSITIVE_INFINITY;
  stdout.write(formatResult(result, format, width));
  if (result.kind !== 'many') return EXIT_CODES.done;
  if (result.more) stderr.write('There are more; -ResultSize Unlimited shows all.\n');
  if (result.notice !== undefined) stderr.write(`${result.notice}\n`);
  return result.exitCode ?? EXIT_CODES.done;
}
