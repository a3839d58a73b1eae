package reform

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"

	"onevisit/internal/domain/fault"
	"onevisit/internal/domain/org"
	"onevisit/internal/domain/publication"
	"onevisit/internal/domain/work"
	"onevisit/internal/infra/store"
)

// ScanFile is a scan on its way in.
type ScanFile struct {
	Name string
	Size int64 // bytes
	R    io.Reader
}

// keepScan checks a scan and stores its content.
func (s *Service) keepScan(ctx context.Context, a org.Actor, f *ScanFile) (*publication.Scan, error) {
	head := make([]byte, 16)
	n, err := io.ReadFull(f.R, head)
	if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
		return nil, err
	}
	media, err := publication.ScanMedia(f.Name, head[:n], f.Size)
	if err != nil {
		return nil, atScan(err)
	}
	whole := &wholeScan{r: io.MultiReader(bytes.NewReader(head[:n]), f.R), name: f.Name, media: media}
	ref, err := s.blobs.Put(ctx, whole, publication.MaxScan)
	if err != nil {
		return nil, atScan(err)
	}
	return &publication.Scan{Name: publication.ScanName(f.Name, media), Media: media, Hash: ref.Hash, Size: ref.Size, ByID: a.ID, ByName: a.Name}, nil
}

// atScan puts what is wrong with a scan at its field of the form.
func atScan(err error) error {
	if !fault.Is(err, fault.Invalid) {
		return err
	}
	return fault.Invalidf("扫描件没有保存。").At("scan", "%s", fault.Text(err))
}

// wholeScan fails at its end instead of ending if the scan breaks off, so that
// nothing of it is stored.
type wholeScan struct {
	r           io.Reader
	name, media string
	tail        []byte
}

func (w *wholeScan) Read(p []byte) (int, error) {
	n, err := w.r.Read(p)
	w.tail = append(w.tail, p[:n]...)
	w.tail = w.tail[max(0, len(w.tail)-publication.ScanTail):]
	if err == io.EOF {
		if broken := publication.ScanWhole(w.name, w.media, w.tail); broken != nil {
			err = broken
		}
	}
	return n, err
}

func saveScan(tx *store.Tx, a org.Actor, sub *publication.Submission, scan *publication.Scan) error {
	scan.SubmissionID = sub.ID
	if err := tx.InsertScan(scan); err != nil {
		return err
	}
	sub.Scans = append([]publication.Scan{*scan}, sub.Scans...)
	if err := tx.CloseTodos(work.KindSign, sub.ID, "已上传扫描件"); err != nil {
		return err
	}
	return tx.Record(a, "上传承诺书扫描件", "报送", sub.ID, fmt.Sprintf("%s %s，SHA-256 %s", sub.Number, scan.Name, scan.Hash))
}

// AddScan keeps a scan of the signed and sealed commitment with the package it
// belongs to. Who may hand the package in may add one, also while it is reviewed:
// the commitment itself does not change.
func (s *Service) AddScan(ctx context.Context, a org.Actor, submissionID string, f *ScanFile) error {
	sub, err := s.Submission(ctx, a, submissionID)
	if err != nil {
		return err
	}
	if err := org.Can(a, org.SubmitPackage, sub.UnitID); err != nil {
		return err
	}
	if sub.Commitment == nil {
		return fault.Conflictf("这次报送没有公开承诺书，不需要扫描件。")
	}
	scan, err := s.keepScan(ctx, a, f)
	if err != nil {
		return err
	}
	return s.db.Update(ctx, func(tx *store.Tx) error {
		if _, err := tx.Submission(submissionID); err != nil {
			return err
		}
		return saveScan(tx, a, sub, scan)
	})
}

// OpenScan opens a scan for whoever may see the package, and records that it was
// seen: it bears a signature and a seal.
func (s *Service) OpenScan(ctx context.Context, a org.Actor, submissionID, scanID string) (*publication.Scan, *os.File, error) {
	sub, err := s.Submission(ctx, a, submissionID)
	if err != nil {
		return nil, nil, err
	}
	for i := range sub.Scans {
		scan := &sub.Scans[i]
		if scan.ID != scanID {
			continue
		}
		f, err := s.blobs.Open(scan.Hash)
		if err != nil {
			return nil, nil, err
		}
		if err := s.db.Update(ctx, func(tx *store.Tx) error {
			return tx.Record(a, "查看承诺书扫描件", "报送", sub.ID, sub.Number+" "+scan.Name)
		}); err != nil {
			f.Close()
			return nil, nil, err
		}
		return scan, f, nil
	}
	return nil, nil, fault.NotFoundf("没有找到这个扫描件。")
}
