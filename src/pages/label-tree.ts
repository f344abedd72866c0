type Node<T> = Map<string, Node<T> | T>;

/**
 * Holds something for each set of label values. There is one `Map` per label name, so that no key is built.
 */
export class LabelTree<T> {
  readonly root: Node<T> = new Map();

  /** Returns the item for the values of all label names. */
  get(values: readonly string[]): T | undefined {
    let node: Node<T> | T | undefined = this.root;
    for (let i = 0; i < values.length; i++) {
      node = (node as Node<T>).get(values[i]!);
      if (node === undefined) return undefined;
    }
    return node as T;
  }

  /** @param values at least one */
  set(values: readonly string[], item: T): void {
    let node = this.root;
    const last = values.length - 1;
    for (let i = 0; i < last; i++) {
      let next = node.get(values[i]!) as Node<T> | undefined;
      if (!next) {
        next = new Map();
        node.set(values[i]!, next);
      }
      node = next;
    }
    node.set(values[last]!, item);
  }

  /** Deletes an item, which must exist. */
  delete(values: readonly string[]): void {
    const path: Node<T>[] = [this.root];
    for (const value of values.slice(0, -1)) path.push(path.at(-1)!.get(value) as Node<T>);
    for (let depth = path.length - 1; depth >= 0; depth--) {
      path[depth]!.delete(values[depth]!);
      if (path[depth]!.size > 0) break;
    }
  }

  /** Calls `run` for every item. It may keep the values. */
  each(
    run: (values: readonly string[], item: T) => void,
    node = this.root,
    path: string[] = [],
  ): void {
    for (const [value, next] of node) {
      const values = [...path, value];
      if (next instanceof Map) this.each(run, next, values);
      else run(values, next);
    }
  }
}
