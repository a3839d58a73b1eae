package reform

import (
	"context"
	"io"

	"onevisit/internal/domain/fault"
	"onevisit/internal/domain/org"
	"onevisit/internal/domain/publication"
	"onevisit/internal/infra/sign/proof"
	"onevisit/internal/infra/store"
)

// WriteReleaseFile writes all that is published into one file, signed with the
// county's keys, for the other side of a separated network. A county without
// keys gets a file without a signature.
func (s *Service) WriteReleaseFile(ctx context.Context, a org.Actor, w io.Writer) error {
	if err := org.Can(a, org.PublishBatch, ""); err != nil {
		return err
	}
	var f *publication.ReleaseFile
	var keys []publication.Key
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
