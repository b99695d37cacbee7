// What the page knows, in one place. Views read it and draw; nobody else keeps a copy.

export class Store {
  #state;
  #views = new Set();
  #due = false;

  constructor(initial) {
    this.#state = initial;
  }

  get state() {
    return this.#state;
  }

  /** Changes some of it; the views are drawn once, before the next frame. */
  set(patch) {
    this.#state = { ...this.#state, ...patch };
    if (this.#due) return;
    this.#due = true;
    queueMicrotask(() => {
      this.#due = false;
      for (const view of this.#views) view(this.#state);
    });
  }

  /** Draws with `view` now and after every change. */
  subscribe(view) {
    this.#views.add(view);
    view(this.#state);
  }
}
