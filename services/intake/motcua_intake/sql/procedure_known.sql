select exists (select from catalogue where short = $1 and kind = 'procedure')
