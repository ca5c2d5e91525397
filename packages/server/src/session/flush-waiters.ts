/** Those who wait until what was emitted is durable, or until there is room again. */
export class FlushWaiters {
  #waiting: { readonly push: number; readonly resolve: () => void }[] = [];

  /** Resolves when everything up to push number `push` has been settled. */
  wait(push: number): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push({ push, resolve });
    });
  }

  settle(through: number): void {
    const due = this.#waiting.filter((waiter) => waiter.push <= through);
    if (due.length === 0) return;
    this.#waiting = this.#waiting.filter((waiter) => waiter.push > through);
    for (const waiter of due) waiter.resolve();
  }
}
