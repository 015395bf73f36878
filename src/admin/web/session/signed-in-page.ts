/** Where the window ends up that somebody signs in again in; it tells the others and closes itself. */
export const SIGNED_IN_PAGE = '/admin/signed-in';

/** By which windows tell each other. */
export const SESSION_CHANNEL = 'touchtone-session';
