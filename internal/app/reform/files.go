package reform

import (
	"bytes"
	"context"
	"io"
	"os"

	"onevisit/internal/domain/catalog"
	"onevisit/internal/domain/fault"
	"onevisit/internal/domain/org"
	"onevisit/internal/infra/store"
)

// FileIn is a file on its way in.
type FileIn struct {
	Name string
	Size int64 // bytes
	R    io.Reader
}

// KeepFile checks a form or sample and stores its content. Nothing refers to it
// yet.
func (s *Service) KeepFile(ctx context.Context, f FileIn) (catalog.File, error) {
	head := make([]byte, 16)
	n, err := io.ReadFull(f.R, head)
	if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
		return catalog.File{}, err
	}
	if err := catalog.CheckFile(f.Name, head[:n], f.Size); err != nil {
		return catalog.File{}, err
	}
	ref, err := s.blobs.Put(ctx, io.MultiReader(bytes.NewReader(head[:n]), f.R), catalog.MaxFile)
	return catalog.File{Hash: ref.Hash, Size: ref.Size, Name: f.Name}, err
}

// AttachFile makes a file the form or sample at a slot of an item; see
// catalog.FileSlot. It is an edit like any other.
func (s *Service) AttachFile(ctx context.Context, a org.Actor, id string, version int64, slot string, f FileIn) error {
	err := s.db.View(ctx, func(tx *store.Tx) error { // before anything is stored
		row, err := tx.Item(id)
		if err == nil {
			err = org.Can(a, org.EditItem, row.UnitID)
		}
		return err
	})
	if err != nil {
		return err
	}
	file, err := s.KeepFile(ctx, f)
	if err != nil {
		return err
	}
	return s.setFile(ctx, a, id, version, "上传表格和样例", slot, file.String())
}

// RemoveFile takes a form or sample away from an item.
func (s *Service) RemoveFile(ctx context.Context, a org.Actor, id string, version int64, slot string) error {
	return s.setFile(ctx, a, id, version, "撤下表格和样例", slot, "")
}

func (s *Service) setFile(ctx context.Context, a org.Actor, id string, version int64, change, slot, ref string) error {
	return s.changeItem(ctx, a, id, version, change, func(_ *store.Tx, row *store.Item) (*catalog.Item, error) {
		data, err := decode(row.Doc)
		if err != nil {
			return nil, err
		}
		at := data.FileAt(slot)
		if at == nil {
			return nil, fault.Conflictf("材料清单已经改动，没有找到这份表格的位置。请刷新后重新上传。")
		}
		*at = ref
		return data, nil
	})
}

// OpenFile opens the file at a slot of an item as it is being edited.
func (s *Service) OpenFile(ctx context.Context, a org.Actor, id, slot string) (catalog.File, *os.File, error) {
	var data *catalog.Item
	err := s.db.View(ctx, func(tx *store.Tx) error {
		row, err := tx.Item(id)
		if err != nil {
			return err
		}
		if err := org.Can(a, org.ReadItem, row.UnitID); err != nil {
			return err
		}
		data, err = decode(row.Doc)
		return err
	})
	if err != nil {
		return catalog.File{}, nil, err
	}
	if at := data.FileAt(slot); at != nil {
		if file, ok := catalog.ParseFile(*at); ok {
			f, err := s.blobs.Open(file.Hash)
			return file, f, err
		}
	}
	return catalog.File{}, nil, fault.NotFoundf("没有找到这份表格。")
}
