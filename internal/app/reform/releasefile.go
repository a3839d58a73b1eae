package reform

import (
	"context"
	"io"

	"onevisit/internal/domain/calendar"
	"onevisit/internal/domain/fault"
	"onevisit/internal/domain/org"
	"onevisit/internal/domain/publication"
	"onevisit/internal/infra/sign/proof"
	"onevisit/internal/infra/sign/returns"
	"onevisit/internal/infra/store"
)

// WriteReleaseFile writes all that is published into one file, signed with the
// county's keys, for the other side of a separated network; with it go the figures
// of use and the answers to what readers told that side. A county without
// keys gets a file without a signature.
func (s *Service) WriteReleaseFile(ctx context.Context, a org.Actor, w io.Writer) error {
	if err := org.Can(a, org.PublishBatch, ""); err != nil {
		return err
	}
	var f *publication.ReleaseFile
	var keys []publication.Key
	var replies []store.ReturnedReply
	err := s.db.Update(ctx, func(tx *store.Tx) (err error) {
		head, err := tx.HeadRelease()
		if err != nil {
			return err
		}
		if head == nil {
			return fault.NotFoundf("还没有公布过，没有可以导出的内容。")
		}
		if f, err = tx.ReleaseFile(s.county().Title(), s.demo); err != nil {
			return err
		}
		keys = publication.CountyKeys(f.Keys, tx.Now())
		if f.Use, err = tx.UseFigures(calendar.DateOf(tx.Now())); err != nil {
			return err
		}
		if replies, err = tx.ReturnedReplies(tx.Now().Add(-publication.ReturnedFor)); err != nil {
			return err
		}
		return tx.Record(a, "导出公布文件", "公布", head.Number, "")
	})
	if err != nil {
		return err
	}
	if s.sign == nil {
		keys = nil
	}
	if s.back != nil && len(keys) > 0 { // without a signature anybody could put in a key of his own
		k, err := s.back.ReturnKey()
		if err != nil {
			return err
		}
		f.ReturnKey = k.PublicKey().Bytes()
	}
	for _, r := range replies {
		sealed, err := returns.SealAnswer(r.Key, &publication.ReturnedAnswer{Number: r.Number, Item: r.ItemID, Place: r.Place, At: r.At, Due: r.Due, Outcome: r.Outcome, Answer: r.Answer, AnsweredAt: r.AnsweredAt})
		if err != nil {
			return fault.Wrap(fault.Conflict, err, "外网门户 %s 接收答复的公钥不对，请重新导入它的回传文件。", r.Sender)
		}
		f.Answers = append(f.Answers, publication.SealedAnswer{To: r.Sender, Sealed: sealed})
	}
	return proof.WriteRelease(w, f, s.openBlob, s.sign, keys)
}

// openBlob opens a form or sample for the release file.
func (s *Service) openBlob(hash string) (io.ReadCloser, error) {
	f, err := s.blobs.Open(hash)
	if fault.Is(err, fault.NotFound) {
		s.log.Error("file of a published item is missing", "hash", hash)
	}
	if err != nil {
		return nil, err
	}
	return f, nil
}
