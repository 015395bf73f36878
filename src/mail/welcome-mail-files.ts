import type { Clock } from '../domain/clock.ts';
import type { MailboxId } from '../domain/mailbox.ts';
import type { StagedLetter, WelcomeLetter, WelcomeMail } from '../services/ports/welcome-mail.ts';
import { compose, type MailSender } from './compose.ts';
import { MailFolder } from './mail-folder.ts';
import { welcomeLetter } from './welcome-letter.ts';

export interface WelcomeMailFilesOptions extends MailSender {
  /** Where the .eml files are written; made when it is not there. */
  readonly folder: string;
  readonly clock: Clock;
}

/** The mailbox is part of the name, so that a letter left staged says whose it is. */
const NAME = /^welcome-(?<mailbox>[0-9a-f-]{36})\.eml$/;

const nameOf = (mailbox: MailboxId): string => `welcome-${mailbox}.eml`;

/** Welcome letters as .eml files, which any mail program opens. */
class WelcomeMailFiles implements WelcomeMail {
  readonly #folder: MailFolder;
  readonly #sender: MailSender;
  readonly #clock: Clock;

  constructor({ folder, from, clock }: WelcomeMailFilesOptions) {
    this.#folder = new MailFolder(folder);
    this.#sender = { from };
    this.#clock = clock;
  }

  async stage(letter: WelcomeLetter): Promise<StagedLetter> {
    const content = await compose(welcomeLetter(letter), this.#sender, this.#clock.now());
    await this.#folder.stage(nameOf(letter.mailboxId), content);
    return this.#staged(letter.mailboxId);
  }

  async leftStaged(): Promise<readonly StagedLetter[]> {
    const names = await this.#folder.staged();
    return names.flatMap((name) => {
      const mailbox = NAME.exec(name)?.groups?.mailbox;
      return mailbox === undefined ? [] : [this.#staged(mailbox as MailboxId)];
    });
  }

  #staged(mailboxId: MailboxId): StagedLetter {
    const name = nameOf(mailboxId);
    return {
      mailboxId,
      deliver: async () => {
        await this.#folder.deliver(name);
        return this.#folder.pathOf(name);
      },
      discard: () => this.#folder.discard(name),
    };
  }
}

/** Brings welcome letters into a folder. */
export function createWelcomeMailFiles(options: WelcomeMailFilesOptions): WelcomeMail {
  return new WelcomeMailFiles(options);
}
