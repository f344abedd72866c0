/**
 * The exponent by which a cost grows with a size: 1 when twice the size costs twice as much. It is
 * the slope of the straight line through the logarithms that has the least squares.
 * @param {[size: number, cost: number][]} points
 */
export function exponent(points) {
  const logs = points.map(([size, cost]) => [Math.log(size), Math.log(cost)]);
  const mean = (at) => logs.reduce((sum, log) => sum + log[at], 0) / logs.length;
  const [x, y] = [mean(0), mean(1)];
  const over = logs.reduce((sum, log) => sum + (log[0] - x) * (log[1] - y), 0);
  const under = logs.reduce((sum, log) => sum + (log[0] - x) ** 2, 0);
  return over / under;
}
