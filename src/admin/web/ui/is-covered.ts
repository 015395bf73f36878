/** Whether a dialog or a menu is open, whose keys are its own. */
export const isCovered = (): boolean =>
  document.querySelector('[role="dialog"],[role="alertdialog"],[role="menu"]') !== null;
