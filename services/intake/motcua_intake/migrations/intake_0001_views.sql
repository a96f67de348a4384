-- what lists and the waiting dossiers are read from: written with the events, in one transaction
-- depends:

-- migrate: apply

create table catalogue (
    kind text not null check (kind in ('agency', 'procedure', 'listing', 'calendar', 'day')),
    id text collate "C" not null,
    part text collate "C" not null default '',
    short text,
    data jsonb not null,
    primary key (kind, id, part)
);

create index catalogue_short on catalogue (short) where short is not null;

create table dossiers (
    dossier text collate "C" primary key,
    state text not null,
    procedure text,
    short text,
    sector text,
    receiving text,
    resolving text,
    channel text,
    received_at timestamptz,
    due_at timestamptz
);

create index dossiers_resolving on dossiers (resolving, dossier);

create index dossiers_receiving on dossiers (receiving, dossier);

create index dossiers_short on dossiers (short, dossier);

create index dossiers_incomplete on dossiers (dossier)
where short is not null and (sector is null or due_at is null);

-- migrate: rollback

drop table dossiers;

drop table catalogue;
