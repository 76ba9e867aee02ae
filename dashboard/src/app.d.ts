declare global {
  namespace App {
    interface PageState {
      /** The details lie over the list. */
      details?: boolean;
    }
  }
}

export {};
