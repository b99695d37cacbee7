-- Deploy locker-server:roster to pg
-- requires: schema

BEGIN;

-- Who may sign in and register where LOCKER_REGISTRATION=roster: the council's list. An empty one means nobody.
-- No reference to users: most on the list have no account yet, and a list outlives the accounts of a semester.
-- No right for the workers: they ask the sign-in's functions about one person, and cannot read the list.
CREATE TABLE eligible_students (
    -- The form that the API takes: an entry in another could never match, and its student would be turned away for good.
    student_id   varchar(20)  PRIMARY KEY CHECK (student_id ~ '^[0-9]{10}$'),
    name         varchar(100) NOT NULL CHECK (name = btrim(name) AND name <> ''),
    phone_number varchar(32)  NOT NULL CHECK (phone_number ~ '^[0-9]{10,15}$'),
    eligible     boolean      NOT NULL,
    -- For the council, who is asked why (e.g. 학생회비 미납). It is never shown to anybody who signs in: the three values
    -- do not prove who asks, and that somebody has not paid is nobody else's business.
    reason       text,
    source_file  text         NOT NULL,
    imported_at  timestamptz  NOT NULL DEFAULT clock_timestamp(),
    CHECK (eligible OR reason IS NOT NULL)
);

COMMIT;
