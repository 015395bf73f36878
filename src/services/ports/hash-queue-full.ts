/**
 * Thrown when so many hashes wait already that another would wait for too long: nothing was hashed, and so no PIN was
 * looked at.
 */
export class HashQueueFull extends Error {
  override readonly name = 'HashQueueFull';

  constructor(waiting: number) {
    super(`${waiting} hashes are waiting already`);
  }
}
