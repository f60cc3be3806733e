/**
 * For a thread with a large world: what is under way in it lives for some seconds of virtual time, and is to die young all
 * the same, or it waits for the collector of what is old.
 */
export const WORLD_MEMORY = { maxYoungGenerationSizeMb: 192 };
