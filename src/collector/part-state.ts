/** What the part of a feature may keep. UTF-16 units. */
export const MAX_STATE = 1_048_576;
