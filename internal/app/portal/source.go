package portal

import (
	"context"
	"sync/atomic"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"onevisit/internal/domain/fault"
	"onevisit/internal/domain/org"
	"onevisit/internal/domain/publication"
	"onevisit/internal/infra/store"
)

// Source is where the portal reads what is published: the database, or the file
// of a release where there is none.
type Source interface {
	// View runs fn over one moment of what is published.
	View(ctx context.Context, fn func(Reader) error) error
}

// Reader reads one moment of what is published. What is not there is NotFound.
type Reader interface {
	// HeadRelease returns the newest release, nil before the first.
	HeadRelease() (*publication.Release, error)
	// Releases returns the heads of all releases, newest first.
	Releases() ([]publication.Release, error)
	// Release returns the head of one.
	Release(seq int64) (publication.Release, error)
	// Units returns all units in the county's order.
	Units() ([]org.Unit, error)
	// CurrentItems returns a page of how every item that was ever published stands
	// now, by item ID; suspended and cancelled ones are among them.
	CurrentItems(after string, limit int) ([]PublishedItem, error)
	// CurrentItem returns how one stands now.
	CurrentItem(itemID string) (PublishedItem, error)
	// PublishedItem returns an item as one release has it.
	PublishedItem(seq int64, itemID string) (PublishedItem, error)
	// ReplacedItem returns one as it was until a release replaced it.
	ReplacedItem(seq int64, itemID string) (PublishedItem, error)
	// PublishedByCode returns the item that a verification code stands for.
	PublishedByCode(code string) (PublishedItem, error)
	// ReleaseItems returns the items of one release as they were frozen, with
	// documents if docs is set.
	ReleaseItems(seq int64, docs bool) ([]PublishedItem, error)
	// ReleaseItemsAfter returns a page of them by item ID, without documents.
	ReleaseItemsAfter(seq int64, after string, limit int) ([]PublishedItem, error)
	LogReader
}

// LogReader reads the log of publications. A release file brings it along:
// proof.NewLog reads it from there.
type LogReader interface {
	// LogHead returns the newest head; LogHeads a page, newest first.
	LogHead() (publication.SignedHead, error)
	LogHeads(before int64, limit int) ([]publication.SignedHead, error)
	// LogLeaves returns leaves from an index on; FindLeaf that of one thing.
	LogLeaves(from int64, limit int) ([]publication.LoggedLeaf, error)
	FindLeaf(kind publication.LeafKind, ref string, release int64) (publication.LoggedLeaf, error)
	// LogHashes reads the hashes of the tree.
	LogHashes() tlog.HashReader
	// SigningKeys returns the public keys in the order of the log.
	SigningKeys() ([]publication.Key, error)
	// Commitments returns the public commitments that are signed electronically,
	// of one unit or of all (empty); Commitment one by its submission's number.
	Commitments(unitID string) ([]publication.SignedCommitment, error)
	Commitment(number string) (publication.SignedCommitment, error)
}

// database reads what is published where it is made.
type database struct {
	db *store.DB
	// spare is what was published last, for when the database is away.
	spare atomic.Pointer[fileView]
	gone  atomic.Bool // the spare had to answer last
}

const awayText = "数据库暂时连不上，显示的是此前公布的内容。"

// Trouble says that the database is away.
func (d *database) Trouble() string {
	if d.gone.Load() {
		return awayText
	}
	return ""
}

// Patience is how long a reader waits for a database that does not answer at
// all before the spare answers in its place. It bounds the first answer only: a
// long list may take longer to read.
const Patience = 3 * time.Second

func (d *database) View(ctx context.Context, fn func(Reader) error) error {
	v := d.spare.Load()
	if v != nil && d.gone.Load() {
		return fn(v) // Poll asks the database again, so that no reader has to wait for it
	}
	err := ask(ctx, d.db, func(tx *store.Tx) error { return fn(tx) })
	if v == nil || ctx.Err() != nil || !away(err) {
		return err
	}
	d.gone.Store(true)
	return fn(v)
}

// Poll looks whether a database that was away is back.
func (d *database) Poll(ctx context.Context) {
	if d.gone.Load() {
		err := ask(ctx, d.db, func(tx *store.Tx) error { _, err := tx.HeadRelease(); return err })
		d.gone.Store(away(err))
	}
}

// ask reads from the database itself. One that is not reached within Patience is
// Unavailable.
func ask(ctx context.Context, db *store.DB, fn func(*store.Tx) error) error {
	asking, stop := context.WithCancel(ctx)
	defer stop()
	var late atomic.Bool
	t := time.AfterFunc(Patience, func() { late.Store(true); stop() })
	err := db.View(asking, func(tx *store.Tx) error {
		t.Stop()
		return fn(tx)
	})
	t.Stop()
	if err != nil && late.Load() {
		return fault.Wrap(fault.Unavailable, err, awayText)
	}
	return err
}

// away reports whether an error says that the database itself is not there.
func away(err error) bool {
	return fault.Is(err, fault.Unavailable) || err != nil && fault.KindOf(err) == fault.Internal
}

// mostSpared is how many items a portal may have to keep a spare of them: more
// than a county, and about 150 MB.
const mostSpared = 20_000

// keepSpare reads what is published, so that guides are served without the
// database.
func (d *database) keepSpare(ctx context.Context) error {
	if d.db == nil {
		return nil
	}
	var f *publication.ReleaseFile
	err := d.db.View(ctx, func(tx *store.Tx) (err error) {
		f, err = tx.ReleaseFile("", false)
		return err
	})
	if err != nil {
		return err
	}
	v, err := newFileView(f)
	if err == nil {
		d.spare.Store(v)
	}
	return err
}
