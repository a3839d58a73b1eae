package fault_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"onevisit/internal/domain/fault"
)

func TestUnclassifiedErrorsShowNothingInternal(t *testing.T) {
	err := fmt.Errorf("dial tcp 10.0.0.1: refused")
	if got := fault.KindOf(err); got != fault.Internal {
		t.Errorf("kind = %v, want internal", got)
	}
	if strings.Contains(fault.Text(err), "10.0.0.1") {
		t.Errorf("internal text leaks: %q", fault.Text(err))
	}
	wrapped := fault.Wrap(fault.Internal, err, "连接 10.0.0.1 失败")
	if strings.Contains(fault.Text(wrapped), "10.0.0.1") {
		t.Errorf("internal text leaks: %q", fault.Text(wrapped))
	}
}

func TestKindSurvivesWrapping(t *testing.T) {
	cause := errors.New("unique violation")
	err := fmt.Errorf("save item: %w", fault.Wrap(fault.Conflict, cause, "该事项已被他人修改，请刷新后再试。"))
	if !fault.Is(err, fault.Conflict) || !errors.Is(err, cause) {
		t.Fatalf("kind %v, cause kept %v", fault.KindOf(err), errors.Is(err, cause))
	}
	if fault.Text(err) != "该事项已被他人修改，请刷新后再试。" {
		t.Errorf("text = %q", fault.Text(err))
	}
}

func TestCollector(t *testing.T) {
	e := fault.Invalidf("填写有误")
	if e.OrNil() != nil {
		t.Fatal("no field collected, want nil")
	}
	e.At("name", "请填写事项名称")
	if err := e.OrNil(); err == nil || len(fault.Fields(err)) != 1 {
		t.Fatalf("got %v", err)
	}
	if fault.Wrap(fault.Invalid, nil, "x") != nil {
		t.Error("Wrap(nil) must be nil")
	}
}
