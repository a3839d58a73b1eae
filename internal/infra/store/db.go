// Package store keeps everything in a SQL database: SQLite in a directory by
// default, PostgreSQL for larger places. One SQL text serves both.
//
// # Transactions
//
// Update runs a function in a read-write transaction, View in a read-only one
// that sees one moment. A transaction has one fixed Now. The function may be
// called again after a conflict (PostgreSQL) and must not keep results of an
// earlier call; it must not call Update or View of the same database, which
// would wait for itself.
//
// SQLite has one writer, a goroutine with its own connection. It commits
// waiting transactions as a group: each is a savepoint in one transaction of
// the database, a failure rolls back to it, and the callers are answered only
// after the commit is on disk. Readers have a small pool and take no part.
//
// PostgreSQL runs at READ COMMITTED. Correctness rests on versioned updates and
// unique constraints, never on what a transaction read before; a stricter level
// would make every pair of writers collide on the head of the audit chain.
package store

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"
	_ "github.com/jackc/pgx/v5/stdlib" // driver "pgx"
	"github.com/pressly/goose/v3"
	_ "modernc.org/sqlite" // driver "sqlite"

	"onevisit/internal/domain/fault"
	"onevisit/internal/domain/org"
	"onevisit/internal/domain/publication"
)

//go:embed migrations/*.sql
var migrations embed.FS

// FileName is the database's file in a data directory.
const FileName = "onevisit.db"

// maxConns bounds the connections to PostgreSQL, and with them how many
// transactions run at once.
const maxConns = 16

// Config says which database to open. Exactly one of DataDir and URL is set.
type Config struct {
	DataDir string // SQLite: directory, made if missing
	URL     string // PostgreSQL
	// Now is the clock; every transaction asks it once.
	Now func() time.Time
	Log *slog.Logger
	// ReadOnly opens an existing database without migrating it, beside a running
	// server; NotFound if there is none.
	ReadOnly bool
	// Demo marks the log of publications, when it begins, as one of demonstration
	// data; Heads signs its heads, nil leaves them without signatures.
	Demo  bool
	Heads publication.LogCheckpoints
	// AnyVersion lets ReadOnly open tables of another program's version: for
	// what copies them and does not look into them.
	AnyVersion bool
}

// DB is an open database.
type DB struct {
	cfg     Config
	sql     *sql.DB // readers (SQLite) or all (PostgreSQL)
	write   *sql.DB // SQLite: the writer's
	stmts   stmtCache
	queue   chan *task
	stopped chan struct{}
	sqlite  bool
	close   sync.Once
	// calendar was made from the imported notices last time.
	calendar atomic.Pointer[readCalendar]
	county   atomic.Pointer[org.County]
}

// Open opens the database and brings its tables up to date.
func Open(ctx context.Context, cfg Config) (*DB, error) {
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if cfg.Now == nil {
		return nil, errors.New("store: Config.Now is not set")
	}
	open := openSQLite
	if cfg.URL != "" {
		open = openPostgres
	}
	db, err := open(ctx, cfg)
	if err != nil || cfg.AnyVersion {
		return db, err
	}
	if err := db.ReadCounty(ctx); err != nil {
		_ = db.Close()
		return nil, err
	}
	return db, nil
}

func openPostgres(ctx context.Context, cfg Config) (*DB, error) {
	if !strings.HasPrefix(cfg.URL, "postgres://") && !strings.HasPrefix(cfg.URL, "postgresql://") {
		return nil, fault.Invalidf("数据库地址应以 postgres:// 开头。")
	}
	pool, err := sql.Open("pgx", cfg.URL)
	if err != nil {
		return nil, fault.Wrap(fault.Invalid, err, "数据库地址无法识别，请检查 --database-url。")
	}
	pool.SetMaxOpenConns(maxConns)
	pool.SetMaxIdleConns(8)
	if err := pool.PingContext(ctx); err != nil {
		_ = pool.Close()
		return nil, fault.Wrap(fault.Unavailable, err, "连不上数据库，请检查地址、账号和数据库服务。")
	}
	if cfg.ReadOnly {
		if err = hasTables(ctx, pool); err == nil && !cfg.AnyVersion {
			err = upToDate(ctx, goose.DialectPostgres, pool)
		}
	} else {
		err = migrate(ctx, goose.DialectPostgres, pool)
	}
	if err != nil {
		_ = pool.Close()
		return nil, err
	}
	return &DB{cfg: cfg, sql: pool}, nil
}

// hasTables reports NotFound for a PostgreSQL database without our tables.
func hasTables(ctx context.Context, pool *sql.DB) error {
	n := 0
	err := pool.QueryRowContext(ctx, `SELECT COUNT(*) FROM information_schema.tables WHERE table_schema=current_schema() AND table_name='release_log'`).Scan(&n)
	if err == nil && n == 0 {
		return fault.NotFoundf("数据库是空的，请先用 onevisit migrate 建立。")
	}
	return err
}

func openSQLite(ctx context.Context, cfg Config) (*DB, error) {
	path := filepath.Join(cfg.DataDir, FileName)
	if cfg.ReadOnly {
		if _, err := os.Stat(path); err != nil {
			return nil, fault.Wrap(fault.NotFound, err, "目录“%s”中没有数据库。", cfg.DataDir)
		}
	} else if err := os.MkdirAll(cfg.DataDir, 0o700); err != nil {
		return nil, fault.Wrap(fault.Invalid, err, "数据目录“%s”不能建立，请检查路径和权限。", cfg.DataDir)
	}
	db := &DB{cfg: cfg, sqlite: true}
	dsn := db.dsn
	if !cfg.ReadOnly {
		w, err := sql.Open("sqlite", dsn("&_txlock=immediate"))
		if err != nil {
			return nil, err
		}
		w.SetMaxOpenConns(1)
		if err := migrate(ctx, goose.DialectSQLite3, w); err != nil {
			_ = w.Close()
			return nil, err
		}
		db.write = w
	}
	r, err := sql.Open("sqlite", dsn("&_pragma=query_only(1)"))
	if err != nil {
		return nil, err
	}
	r.SetMaxOpenConns(4)
	db.sql = r
	if err := r.PingContext(ctx); err != nil {
		_ = db.Close()
		return nil, fault.Wrap(fault.Unavailable, err, "数据库文件“%s”打不开。如有备份，请用 onevisit restore 恢复。", path)
	}
	if cfg.ReadOnly && !cfg.AnyVersion {
		if err := upToDate(ctx, goose.DialectSQLite3, r); err != nil {
			_ = db.Close()
			return nil, err
		}
	}
	if db.write != nil {
		conn, err := db.write.Conn(context.WithoutCancel(ctx))
		if err != nil {
			_ = db.Close()
			return nil, err
		}
		db.queue, db.stopped = make(chan *task), make(chan struct{})
		go db.runWriter(conn)
	}
	return db, nil
}

// dsn names the SQLite file with the settings every connection needs.
func (db *DB) dsn(extra string) string {
	path := (&url.URL{Path: filepath.ToSlash(filepath.Join(db.cfg.DataDir, FileName))}).EscapedPath()
	return "file:" + path + "?_pragma=busy_timeout(10000)&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_pragma=foreign_keys(1)&_pragma=cache_size(-8000)" + extra
}

// migrate applies the numbered migrations, and refuses a database that a newer
// program has written.
func migrate(ctx context.Context, dialect goose.Dialect, db *sql.DB) error {
	fsys, err := subMigrations()
	if err != nil {
		return err
	}
	p, err := goose.NewProvider(dialect, db, fsys, goose.WithAllowOutofOrder(true)) // numbers are given out before the work is done
	if err != nil {
		return err
	}
	have, err := p.GetDBVersion(ctx)
	if err != nil {
		return fault.Wrap(fault.Unavailable, err, "数据库不可用或已损坏。如有备份，请用 onevisit restore 恢复。")
	}
	sources := p.ListSources()
	if latest := sources[len(sources)-1].Version; have > latest {
		return fault.Conflictf("数据库由较新版本的程序建立（第 %d 版，本程序支持到第 %d 版），请升级程序。", have, latest)
	}
	if _, err := p.Up(ctx); err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	return nil
}

// upToDate refuses a database whose tables are not this program's: whoever only
// reads cannot bring them up to date.
func upToDate(ctx context.Context, dialect goose.Dialect, db *sql.DB) error {
	fsys, err := subMigrations()
	if err != nil {
		return err
	}
	p, err := goose.NewProvider(dialect, db, fsys, goose.WithAllowOutofOrder(true))
	if err != nil {
		return err
	}
	rows, err := db.QueryContext(ctx, `SELECT version_id FROM goose_db_version`)
	if err != nil {
		return fault.Wrap(fault.NotFound, err, "数据库还没有建立，请先运行 onevisit migrate。")
	}
	defer rows.Close()
	have := map[int64]bool{}
	for rows.Next() {
		var v int64
		if err := rows.Scan(&v); err != nil {
			return err
		}
		have[v] = true
	}
	if err := rows.Err(); err != nil {
		return err
	}
	known := int64(0)
	for _, s := range p.ListSources() {
		if known = s.Version; !have[known] {
			return fault.Conflictf("数据库由较旧版本的程序建立，请先用 onevisit migrate 升级（建议先备份）。")
		}
	}
	for v := range have {
		if v > known {
			return fault.Conflictf("数据库由较新版本的程序建立（第 %d 版，本程序支持到第 %d 版），请升级程序。", v, known)
		}
	}
	return nil
}

// Dialect names the database: sqlite or postgres.
func (db *DB) Dialect() string {
	if db.sqlite {
		return "sqlite"
	}
	return "postgres"
}

// Now asks the database's clock.
func (db *DB) Now() time.Time { return db.cfg.Now() }

// Close waits for the writer to finish what it has begun, and closes.
func (db *DB) Close() error {
	var err error
	db.close.Do(func() {
		if db.queue != nil {
			close(db.queue)
			<-db.stopped
		}
		db.stmts.close()
		if db.write != nil {
			err = db.write.Close()
		}
		if db.sql != nil {
			err = errors.Join(err, db.sql.Close())
		}
	})
	return err
}

// NewID makes a UUIDv7: unique everywhere, and in the order of its making.
func NewID() string { return uuid.Must(uuid.NewV7()).String() }

// Millis is how instants are stored: milliseconds since 1970, UTC.
func Millis(t time.Time) int64 { return t.UnixMilli() }

// FromMillis reads a stored instant.
func FromMillis(ms int64) time.Time { return time.UnixMilli(ms).UTC() }
