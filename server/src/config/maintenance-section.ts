import { z } from "zod";
import { byteSize, seconds, text } from "./fields.ts";

/** Background work and what comes in from outside. */
export const maintenanceKeys = {
  import: z
    .strictObject({
      watch: z
        .boolean()
        .default(true)
        .describe("Import what is put into the folder `import` of the data directory."),
    })
    .prefault({})
    .describe("Import by folder."),
  images: z
    .strictObject({
      fetch: z
        .boolean()
        .default(true)
        .describe("Fetch images by URL for providers that take bytes (public addresses only)."),
      file_folders: z
        .array(text())
        .default([])
        .describe("Folders below which file:// images are allowed, for callers on loopback."),
      max_size: byteSize("20 MB").describe("Largest image that is fetched or read."),
      fetch_timeout_secs: seconds().default(10).describe("Time for fetching one image."),
    })
    .prefault({})
    .describe("Images in chat requests."),
  summarization_enabled: z
    .boolean()
    .default(true)
    .describe("Write daily, weekly and monthly summaries in the background."),
  pruning_enabled: z
    .boolean()
    .default(true)
    .describe("Offer suggestions what may be archived; nothing is archived by itself."),
  backups: z
    .strictObject({
      enabled: z.boolean().default(false).describe("Back up the data at a fixed interval."),
      interval_hours: z.number().min(1).max(8760).default(24).describe("Hours between backups."),
      keep: z.int().min(1).max(1000).default(7).describe("Backups that are kept."),
      directory: text().optional().describe("Folder; unset: `backups` in the data directory."),
    })
    .prefault({})
    .describe("Scheduled backups."),
};
