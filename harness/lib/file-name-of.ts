/** `join-leave/rtc-node@1.1.0/inline/glibc#2` as a file name. */
export const fileNameOf = (cellId: string): string => cellId.replace(/[^A-Za-z0-9.@+-]+/g, '_');
