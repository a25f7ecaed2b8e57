/** Which version of the SDK is this? */
export const sdkVersion = '0.1.0'
