package portal

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"html/template"
	"io"
	"time"

	"onevisit/internal/domain/calendar"
	"onevisit/internal/domain/fault"
	"onevisit/internal/domain/org"
	"onevisit/internal/domain/publication"
	"onevisit/internal/infra/exchange"
	"onevisit/internal/infra/outbound"
	"onevisit/internal/infra/store"
)

// PushJob is the kind of the job that pushes a package.
const PushJob = "push"

// PackageFormat names the format of a package for the county's government site.
const PackageFormat = "onevisit/package@1"

// pushAttempts is how often a package is tried until somebody asks again. The
// pauses double from a minute and stop at an hour, so that a site that is down
// for a night gets it in the morning. Attempts are counted through, since each
// has a job of its own; a round begins at a multiple.
const pushAttempts = 20

func pushPause(attempts int) time.Duration {
	return min(time.Minute<<min((attempts-1)%pushAttempts, 10), time.Hour)
}

// packageHead is what the manifest of a package says of it.
type packageHead struct {
	Format  string        `json:"format"`
	Place   string        `json:"place"`
	Demo    bool          `json:"demo"`
	Items   int           `json:"items"` // in force after the release
	Gone    int           `json:"gone"`  // suspended or cancelled
	Release packedRelease `json:"release"`
}

type packedRelease struct {
	Seq      int64                 `json:"seq"`
	Number   string                `json:"number"`
	Kind     publication.BatchKind `json:"kind"`
	Title    string                `json:"title"`
	DocNo    string                `json:"doc_no"`
	DocDate  calendar.Date         `json:"doc_date"`
	At       time.Time             `json:"at"`
	Count    int                   `json:"items"`
	Hash     string                `json:"hash"`
	PrevHash string                `json:"prev_hash"`
}

// packedGone is an item that nobody can apply for now.
type packedGone struct {
	Code       string                  `json:"code"`
	Name       string                  `json:"name"`
	Unit       string                  `json:"unit"`
	Standing   publication.Standing    `json:"standing"`
	Op         publication.Op          `json:"op"`
	Reason     string                  `json:"reason"`
	Effective  calendar.Date           `json:"effective"`
	Successors []publication.Successor `json:"successors,omitempty"`
}

// WritePackage writes the package of the newest release: all items that are in
// force after it, those that are gone, the items of the release itself, and its
// article. base is the portal's address, for the links in it.
func (s *Service) WritePackage(ctx context.Context, w io.Writer, about Linked) (*publication.Release, error) {
	sn := s.snap.Load()
	r := sn.home.Latest
	if r == nil {
		return nil, fault.NotFoundf("还没有公布，没有可以推送的内容。")
	}
	texts, err := s.Channels(ctx, about.Place, about.Base, r.Seq)
	if err != nil {
		return nil, err
	}
	changed, err := s.Data(ctx, DataQuery{Release: r.Seq, Format: "jsonl"})
	if err != nil {
		return nil, err
	}
	gone := []packedGone{}
	for _, g := range s.Gone("") {
		gone = append(gone, packedGone{g.Code, g.Name, g.UnitName, g.Standing, g.Op, g.Reason, g.Effective, g.Successors})
	}
	b := exchange.NewZip(w, r.At)
	for _, f := range []struct {
		name  string
		write func(io.Writer) error
	}{
		{"items.jsonl", func(w io.Writer) error { return exchange.WriteJSONL(w, s.documents(ctx, sn.entries, nil)) }},
		{"items.csv", func(w io.Writer) error { return exchange.WriteCSV(w, s.documents(ctx, sn.entries, nil)) }},
		{"changed.jsonl", func(w io.Writer) error { return changed.Write(ctx, w, about) }},
		{"gone.json", func(w io.Writer) error { return json.NewEncoder(w).Encode(gone) }},
		{"article.html", func(w io.Writer) error { _, err := io.WriteString(w, string(texts.Article.HTML)); return err }},
		{"article.json", func(w io.Writer) error {
			return json.NewEncoder(w).Encode(struct {
				Title  string        `json:"title"`
				Digest string        `json:"digest"`
				Page   string        `json:"page"`
				HTML   template.HTML `json:"html"`
			}{texts.Article.Title, texts.Article.Digest, texts.Page, texts.Article.HTML})
		}},
	} {
		if err := b.Add(f.name, f.write); err != nil {
			return nil, err
		}
	}
	return r, b.Close(packageHead{Format: PackageFormat, Place: about.Place, Demo: r.Demo, Items: len(sn.entries), Gone: len(gone),
		Release: packedRelease{r.Seq, r.Number, r.Kind, r.Title, r.DocNo, r.DocDate, r.At.UTC(), r.Count, r.Hash, r.PrevHash}})
}

// Push configures where packages go; without it none are pushed.
func (s *Service) Push(to outbound.Pusher, about func() Linked) {
	s.pusher, s.pushAbout = to, about
}

// PushTarget is where packages go, "" if nowhere.
func (s *Service) PushTarget() string {
	if s.pusher == nil {
		return ""
	}
	return s.pusher.Target()
}

// SchedulePush sees to it that each new release is pushed. When it runs for the
// first time only the newest is: its package holds everything.
func (s *Service) SchedulePush(ctx context.Context) error {
	head := s.Head()
	if s.pusher == nil || head == nil || s.scheduled.Load() >= head.Seq {
		return nil
	}
	err := s.db.Update(ctx, func(tx *store.Tx) error {
		pushes, err := tx.Pushes()
		if err != nil {
			return err
		}
		from := head.Seq
		if len(pushes) > 0 {
			from = pushes[0].ReleaseSeq + 1
		}
		for seq := from; seq <= head.Seq; seq++ {
			if fresh, err := tx.EnsurePush(seq); err != nil || !fresh {
				return err
			}
			p, err := tx.Push(seq)
			if err != nil {
				return err
			}
			if err := tx.EnqueuePush(PushJob, &p); err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil {
		s.scheduled.Store(head.Seq)
	}
	return err
}

// RunPush carries out a PushJob: one attempt. What failed is tried again after a
// pause; a package that a later release has replaced is left.
func (s *Service) RunPush(ctx context.Context, payload []byte, _ func(int)) error {
	var job struct{ Seq int64 }
	if err := json.Unmarshal(payload, &job); err != nil {
		return fmt.Errorf("push job: %w", err)
	}
	if err := s.Refresh(ctx); err != nil {
		return err
	}
	var p store.Push
	var now time.Time
	err := s.db.View(ctx, func(tx *store.Tx) (err error) {
		now = tx.Now()
		p, err = tx.Push(job.Seq)
		return err
	})
	if err != nil || p.State != store.PushWaiting {
		return err
	}
	p.Attempts++
	switch failed := s.push(ctx, &p, now); {
	case ctx.Err() != nil:
		return ctx.Err() // stopped: the same attempt comes again
	case failed == nil:
	case fault.Is(failed, fault.Invalid) || p.Attempts%pushAttempts == 0:
		p.State, p.Message, p.DoneAt, p.NextAt = store.PushFailed, fault.Text(failed), now, time.Time{}
	default:
		p.Message, p.NextAt = fault.Text(failed), now.Add(pushPause(p.Attempts))
	}
	return s.db.Update(ctx, func(tx *store.Tx) error {
		if err := tx.UpdatePush(&p); err != nil || p.State != store.PushWaiting {
			return err
		}
		return tx.EnqueuePush(PushJob, &p)
	})
}

// push makes the package and sends it.
func (s *Service) push(ctx context.Context, p *store.Push, now time.Time) error {
	if head := s.Head(); head == nil || head.Seq != p.ReleaseSeq {
		p.State, p.DoneAt, p.NextAt, p.Message = store.PushReplaced, now, time.Time{}, ""
		return nil
	}
	if s.pusher == nil {
		return fault.New(fault.Unavailable, "没有设置推送地址。")
	}
	var b bytes.Buffer
	r, err := s.WritePackage(ctx, &b, s.pushAbout())
	if err != nil {
		return err
	}
	sum := sha256.Sum256(b.Bytes())
	parcel := outbound.Parcel{Release: r.Number, Hash: sum, Size: int64(b.Len()), Open: func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(b.Bytes())), nil }}
	if err := s.pusher.Push(ctx, parcel, now); err != nil {
		return err
	}
	p.State, p.Package, p.Size, p.Message, p.DoneAt, p.NextAt = store.PushSent, hex.EncodeToString(sum[:]), parcel.Size, "", now, time.Time{}
	return nil
}

// The shapes of pushes that pages handle.
type PushView = store.Push

// The states of a push.
const (
	PushWaiting = store.PushWaiting
	PushSent    = store.PushSent
	PushFailed  = store.PushFailed
)

// PushTries is how often a package was tried since it was last asked for.
func PushTries(p PushView) int {
	if n := p.Attempts % pushAttempts; n > 0 || p.Attempts == 0 {
		return n
	}
	return pushAttempts
}

// Pushes lists what became of the packages, the newest release first.
func (s *Service) Pushes(ctx context.Context, a org.Actor) ([]store.Push, error) {
	if err := org.Can(a, org.ReadCounty, ""); err != nil {
		return nil, err
	}
	var list []store.Push
	err := s.db.View(ctx, func(tx *store.Tx) (err error) {
		list, err = tx.Pushes()
		return err
	})
	return list, err
}

// PushAgain has the package of the newest release pushed once more.
func (s *Service) PushAgain(ctx context.Context, a org.Actor) error {
	if err := org.Can(a, org.PublishBatch, ""); err != nil {
		return err
	}
	head := s.Head()
	if s.pusher == nil {
		return fault.Conflictf("没有设置推送地址，不能推送。请由系统管理员在启动参数中设置，或者下载推送包后交给网站管理人员。")
	}
	if head == nil {
		return fault.Conflictf("还没有公布，没有可以推送的内容。")
	}
	return s.db.Update(ctx, func(tx *store.Tx) error {
		if _, err := tx.EnsurePush(head.Seq); err != nil {
			return err
		}
		p, err := tx.Push(head.Seq)
		if err != nil {
			return err
		}
		if p.State == store.PushWaiting && p.Attempts == 0 {
			return tx.EnqueuePush(PushJob, &p) // on its way already, or not known to a worker yet
		}
		p.State, p.Message, p.NextAt, p.DoneAt = store.PushWaiting, "", tx.Now(), time.Time{}
		p.Attempts = (p.Attempts/pushAttempts + 1) * pushAttempts
		if err := tx.UpdatePush(&p); err != nil {
			return err
		}
		if err := tx.EnqueuePush(PushJob, &p); err != nil {
			return err
		}
		return tx.Record(a, "推送政府网站", "公布", head.Number, head.Title)
	})
}
