/** The tenant an installation starts with; its operators may create others. */
export const firstTenant = "default";
