package store

import (
	"context"
	"database/sql"
	"errors"
	"slices"

	"github.com/jackc/pgx/v5/pgconn"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"onevisit/internal/domain/fault"
)

// translate turns a driver's error into a fault; it is the only place that
// knows the drivers' codes. A fault passes as it is.
func translate(err error) error {
	if err == nil {
		return nil
	}
	var f *fault.Error
	if errors.As(err, &f) {
		return err
	}
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return fault.Wrap(fault.NotFound, err, "没有找到所查的内容，它可能已被删除或移走。")
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return err
	}
	var pe *pgconn.PgError
	if errors.As(err, &pe) {
		switch {
		case pe.Code == "23505":
			return fault.Wrap(fault.Conflict, err, "已有相同的内容，或刚被他人抢先保存，请刷新后再试。")
		case pe.Code == "23503":
			return fault.Wrap(fault.Conflict, err, "所引用的内容不存在或已被移走，请刷新后再试。")
		case len(pe.Code) == 5 && (pe.Code[:2] == "08" || pe.Code[:2] == "53" || pe.Code[:2] == "57"):
			return fault.Wrap(fault.Unavailable, err, "数据库暂时不可用，请稍后再试。")
		}
		return err
	}
	var ce *pgconn.ConnectError
	if errors.As(err, &ce) {
		return fault.Wrap(fault.Unavailable, err, "连不上数据库，请稍后再试。")
	}
	var se *sqlite.Error
	if errors.As(err, &se) {
		switch code := se.Code(); {
		case code == sqlite3.SQLITE_CONSTRAINT_UNIQUE, code == sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY:
			return fault.Wrap(fault.Conflict, err, "已有相同的内容，或刚被他人抢先保存，请刷新后再试。")
		case code == sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY:
			return fault.Wrap(fault.Conflict, err, "所引用的内容不存在或已被移走，请刷新后再试。")
		case code&0xff == sqlite3.SQLITE_BUSY, code&0xff == sqlite3.SQLITE_LOCKED:
			return fault.Wrap(fault.Unavailable, err, "数据库正忙，请稍后再试。")
		case code&0xff == sqlite3.SQLITE_FULL:
			return fault.Wrap(fault.Unavailable, err, "磁盘已满，内容没有保存。请联系系统管理员清理磁盘。")
		case code&0xff == sqlite3.SQLITE_READONLY, code&0xff == sqlite3.SQLITE_CANTOPEN:
			return fault.Wrap(fault.Unavailable, err, "数据库文件不可写，请联系系统管理员检查权限和磁盘。")
		}
	}
	return err
}

// numberKeys lists the constraints that keep running numbers unique. A number is
// read before it is taken; who loses a race for it reads again.
var numberKeys = []string{"submission_number_key", "batch_plan_id_no_key", "release_log_pkey", "release_log_number_key"}

// retryable reports whether running the transaction again can help.
func retryable(err error) bool {
	var pe *pgconn.PgError
	return errors.As(err, &pe) && (pe.Code == "40001" || pe.Code == "40P01" || pe.Code == "23505" && slices.Contains(numberKeys, pe.ConstraintName))
}
