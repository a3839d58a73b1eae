package store

// Booklet is a booklet of guides that a job prints.
type Booklet struct {
	ID         string
	UnitID     string // empty for the whole county
	ReleaseSeq int64
	Format     string
	Variant    string // what else it depends on, hashed
	// Done of Total steps are done; Blob is empty until all are.
	Done, Total int
	Blob        string
	Missing     string // characters that no font has
}

const bookletColumns = `id, unit_id, release_seq, format, variant, done, total, blob, missing`

func scanBooklet(s Scanner) (Booklet, error) {
	var b Booklet
	err := s.Scan(&b.ID, &b.UnitID, &b.ReleaseSeq, &b.Format, &b.Variant, &b.Done, &b.Total, &b.Blob, &b.Missing)
	return b, err
}

// Booklet returns a booklet by ID, or NotFound.
func (tx *Tx) Booklet(id string) (Booklet, error) {
	return One(tx, scanBooklet, `SELECT `+bookletColumns+` FROM booklet WHERE id=$1`, id)
}

// FindBooklet returns the booklet of the same unit, release, format and variant,
// or NotFound.
func (tx *Tx) FindBooklet(b Booklet) (Booklet, error) {
	return One(tx, scanBooklet, `SELECT `+bookletColumns+` FROM booklet WHERE unit_id=$1 AND release_seq=$2 AND format=$3 AND variant=$4`,
		b.UnitID, b.ReleaseSeq, b.Format, b.Variant)
}

// InsertBooklet stores a booklet that is wanted; fresh is false if somebody
// else has asked for it meanwhile.
func (tx *Tx) InsertBooklet(b *Booklet) (fresh bool, err error) {
	b.ID = NewID()
	rows, err := Query(tx, scanText, `INSERT INTO booklet (id, unit_id, release_seq, format, variant, created_at) VALUES ($1,$2,$3,$4,$5,$6)
		ON CONFLICT (unit_id, release_seq, format, variant) DO NOTHING RETURNING id`, b.ID, b.UnitID, b.ReleaseSeq, b.Format, b.Variant, Millis(tx.Now()))
	return len(rows) > 0, err
}

// WaitingBooklets counts the booklets that are not printed yet.
func (tx *Tx) WaitingBooklets() (int64, error) {
	return One(tx, scanInt, `SELECT count(*) FROM booklet WHERE blob=''`)
}

// AdvanceBooklet records progress.
func (tx *Tx) AdvanceBooklet(id string, done, total int) error {
	return tx.ExecOne(`UPDATE booklet SET done=$2, total=$3 WHERE id=$1`, id, done, total)
}

// FinishBooklet records where a printed booklet is kept.
func (tx *Tx) FinishBooklet(id, blob, missing string) error {
	return tx.ExecOne(`UPDATE booklet SET blob=$2, missing=$3, done=total WHERE id=$1`, id, blob, missing)
}

// DeleteBooklet forgets a booklet that could not be printed.
func (tx *Tx) DeleteBooklet(id string) error {
	_, err := tx.Exec(`DELETE FROM booklet WHERE id=$1 AND blob=''`, id)
	return err
}
