/** One line of a SETTINGS frame. RFC 9113, section 6.5.1. @module */

export interface SettingEntry {
  /** One of {@link SETTING_IDS}, or of an extension. */
  readonly id: number;
  /** 32 bits, unsigned. */
  readonly value: number;
}

/** RFC 9113, section 6.5.2. */
export const SETTING_IDS = {
  HEADER_TABLE_SIZE: 0x1,
  ENABLE_PUSH: 0x2,
  MAX_CONCURRENT_STREAMS: 0x3,
  INITIAL_WINDOW_SIZE: 0x4,
  MAX_FRAME_SIZE: 0x5,
  MAX_HEADER_LIST_SIZE: 0x6,
} as const;
