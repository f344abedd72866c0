/**
 * How many times of a frame, and how many samples of a series, are worked on in one go. What is done for one series is
 * not interrupted, so this says for how long it occupies the thread.
 */
export const LONGEST_PIECE = 65_536;
