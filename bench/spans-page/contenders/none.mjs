/** The page without tracing. */
export const open = () => ({ span() {}, sent: () => 0, close() {} });
