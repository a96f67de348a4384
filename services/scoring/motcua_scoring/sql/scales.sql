-- The scales that have been defined.
select data from catalogue where kind = 'scale' order by id
