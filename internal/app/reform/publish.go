package reform

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"onevisit/internal/domain/calendar"
	"onevisit/internal/domain/fault"
	"onevisit/internal/domain/org"
	"onevisit/internal/domain/publication"
	"onevisit/internal/domain/work"
	"onevisit/internal/infra/store"
)

// PublishJob publishes a batch or an adjustment at its set instant.
const PublishJob = "publish"

// anyBatch reads a batch or an adjustment with the items that would be released.
func anyBatch(tx *store.Tx, id string, docs bool) (publication.Batch, error) {
	b, err := tx.Batch(id, docs)
	if !fault.Is(err, fault.NotFound) {
		return b, err
	}
	if b, err = tx.Adjustment(id, docs); err != nil {
		return b, err
	}
	others, err := outside(tx, b.Adjustment)
	if err != nil {
		return b, err
	}
	for _, o := range others {
		if o.Standing != publication.StandingPublished {
			return b, fault.Conflictf("作为去向的“%s”已%s，请退回修改。", o.Name, o.Standing)
		}
	}
	b.Items = b.Adjustment.Frozen(others)
	return b, nil
}

// saveBatch writes a batch or an adjustment.
func saveBatch(tx *store.Tx, b *publication.Batch) error {
	if b.Adjustment != nil {
		return tx.UpdateAdjustment(b)
	}
	return tx.UpdateBatch(b)
}

// Publish turns an approved batch or adjustment into a release: one transaction,
// so that the public sees all of it or nothing. Running readers stay on the
// release they began with.
func (s *Service) Publish(ctx context.Context, a org.Actor, id string) (*publication.Release, error) {
	if err := org.Can(a, org.PublishBatch, ""); err != nil {
		return nil, err
	}
	var rel *publication.Release
	err := s.db.Update(ctx, func(tx *store.Tx) (err error) {
		rel, err = s.publish(tx, a, id)
		return err
	})
	return rel, err
}

func (s *Service) publish(tx *store.Tx, a org.Actor, id string) (*publication.Release, error) {
	b, err := anyBatch(tx, id, true)
	if err != nil {
		return nil, err
	}
	if err := publication.CheckPublishable(&b, tx.Now()); err != nil {
		return nil, err
	}
	prev, err := tx.HeadRelease()
	if err != nil {
		return nil, err
	}
	rel, err := publication.Freeze(&b, prev, tx.Now(), a.Name, s.demo)
	if err != nil {
		return nil, err
	}
	if b.State, err = publication.NextBatch(b.Kind, b.State, publication.BatchPublish); err != nil {
		return nil, err
	}
	if b.PublishAt = (time.Time{}); b.Adjustment != nil {
		b.Adjustment.Due = calendar.Date{}
	}
	if err := saveBatch(tx, &b); err != nil {
		return nil, err
	}
	if err := tx.InsertRelease(rel); err != nil {
		return nil, err
	}
	if err := keepPledges(tx, a, rel); err != nil {
		return nil, err
	}
	if err := s.afterRelease(tx, rel); err != nil {
		return nil, err
	}
	if err := tx.CloseTodos(work.KindPublish, b.ID, "已公布 "+rel.Number); err != nil {
		return nil, err
	}
	return rel, tx.Record(a, "公布"+string(b.Kind), "公布", rel.Number, fmt.Sprintf("%s，%d 个事项，%s", rel.Title, rel.Count, rel.Hash))
}

// afterRelease ends what was to be done about items as they were: nobody has to
// mend what was cancelled, and a successor that was set up has been received.
func (s *Service) afterRelease(tx *store.Tx, rel *publication.Release) error {
	if err := tx.Enqueue(store.Job{Kind: store.DriftJob, Payload: store.DriftPayload{Release: rel.Seq}, UniqueKey: fmt.Sprintf("%s:%d", store.DriftJob, rel.Seq)}); err != nil {
		return err
	}
	outcome := "已随 " + rel.Number + " 公布"
	if err := tx.CloseTodosOfRelease(rel.Seq, "", outcome, work.KindReceive); err != nil {
		return err
	}
	return tx.CloseTodosOfRelease(rel.Seq, publication.StandingCancelled, outcome, work.KindFix, work.KindConfirm, work.KindBasis, work.KindProbe)
}

type publishPayload struct {
	ID string `json:"id"`
	At int64  `json:"at"`
}

// SetPublication sets the instant at which an approved batch or adjustment is
// published, or takes it back with the zero time. A later call replaces it.
func (s *Service) SetPublication(ctx context.Context, a org.Actor, id string, at time.Time) error {
	if err := org.Can(a, org.PublishBatch, ""); err != nil {
		return err
	}
	return s.db.Update(ctx, func(tx *store.Tx) error {
		b, err := anyBatch(tx, id, false)
		if err != nil {
			return err
		}
		if _, err := publication.NextBatch(b.Kind, b.State, publication.BatchSchedule); err != nil {
			return err
		}
		what := "取消定时公布"
		if !at.IsZero() {
			if err := publication.CheckSchedule(&b, at, tx.Now()); err != nil {
				return err
			}
			if err := enqueuePublish(tx, id, at); err != nil {
				return err
			}
			what = "定时公布"
		}
		b.PublishAt = at
		if err := saveBatch(tx, &b); err != nil {
			return err
		}
		if !at.IsZero() {
			what += "，" + clock(at)
		}
		return tx.Record(a, what, string(b.Kind), id, b.Title)
	})
}

func enqueuePublish(tx *store.Tx, id string, at time.Time) error {
	return tx.Enqueue(store.Job{Kind: PublishJob, Payload: publishPayload{id, at.UnixMilli()}, RunAt: at, UniqueKey: fmt.Sprintf("%s:%s:%d:%d", PublishJob, id, at.UnixMilli(), tx.Now().Unix()/60)})
}

// SchedulePublications enqueues again what should be public by now and is not:
// a job may have been lost with a worker, or have met a clock that was set back.
func (s *Service) SchedulePublications(ctx context.Context) error {
	var ids []string
	if err := s.db.View(ctx, func(tx *store.Tx) (err error) {
		ids, err = tx.DueBatches()
		return err
	}); err != nil || len(ids) == 0 {
		return err
	}
	return s.db.Update(ctx, func(tx *store.Tx) error {
		for _, id := range ids {
			b, err := anyBatch(tx, id, false)
			if fault.Is(err, fault.Conflict) { // RunPublish says so where it is read
				err = nil
			}
			if err != nil {
				return err
			}
			if err := enqueuePublish(tx, id, b.PublishAt); err != nil {
				return err
			}
		}
		return nil
	})
}

// timetable is in whose name set publications happen; who set them stands in the
// audit trail.
var timetable = org.Actor{ID: "timetable", Name: "定时公布", Roles: []org.Role{org.RoleReform}}

// RunPublish carries out a PublishJob. What cannot be published any more is told
// to the reform office, and the instant is taken back.
func (s *Service) RunPublish(ctx context.Context, payload []byte, _ func(int)) error {
	var p publishPayload
	if err := json.Unmarshal(payload, &p); err != nil {
		return fmt.Errorf("publish job: %w", err)
	}
	meant := func(b *publication.Batch) bool {
		return b.State == publication.Sanctioned && !b.PublishAt.IsZero() && b.PublishAt.UnixMilli() == p.At
	}
	err := s.db.Update(ctx, func(tx *store.Tx) error {
		b, err := anyBatch(tx, p.ID, false)
		if err != nil || !meant(&b) || tx.Now().Before(b.PublishAt) {
			return err // set to another instant, done already, or the clock went back: it comes again
		}
		_, err = s.publish(tx, timetable, p.ID)
		return err
	})
	kind := fault.KindOf(err)
	if err == nil || kind != fault.Conflict && kind != fault.Invalid {
		return err
	}
	return s.db.Update(ctx, func(tx *store.Tx) error {
		b, rerr := tx.BatchHead(p.ID)
		if rerr != nil || !meant(&b) {
			return rerr
		}
		if rerr := tx.SetPublishAt(p.ID, b.Version, time.Time{}); rerr != nil {
			return rerr
		}
		if rerr := tx.RaiseTodo(work.Todo{Kind: work.KindPublish, SubjectKind: string(b.Kind), SubjectID: b.ID, Role: org.RoleReform, Due: calendar.DateOf(tx.Now()).String(),
			Title: fmt.Sprintf("“%s”没有按时公布：%s", b.Title, fault.Text(err))}); rerr != nil {
			return rerr
		}
		return tx.Record(timetable, "定时公布未成", string(b.Kind), b.ID, fault.Text(err))
	})
}
