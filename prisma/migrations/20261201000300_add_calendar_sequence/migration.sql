-- AlterTable
ALTER TABLE "event" ADD COLUMN     "calendar_sequence" INTEGER NOT NULL DEFAULT 0;
