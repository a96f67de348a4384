-- what waits for its procedure: appointments whose unit was assumed, listings without a sector
-- depends: intake_0001_views

-- migrate: apply

alter table dossiers add column unit_assumed boolean not null default false;

drop index dossiers_incomplete;

create index dossiers_incomplete on dossiers (dossier)
where short is not null and (sector is null or due_at is null or unit_assumed);

create index catalogue_incomplete on catalogue (id)
where kind = 'listing' and data ->> 'sector' is null;

-- migrate: rollback

drop index catalogue_incomplete;

drop index dossiers_incomplete;

alter table dossiers drop column unit_assumed;

create index dossiers_incomplete on dossiers (dossier)
where short is not null and (sector is null or due_at is null);
