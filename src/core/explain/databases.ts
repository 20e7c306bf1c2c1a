import { type Area, code, type Signal } from './signal';

function sqlState(codes: string): RegExp {
  return new RegExp(String.raw`\bSQL ?STATE[:= '"]{1,4}(?:${codes})\b`, 'i');
}

const DUCKDB =
  /DuckDB|duckdb|^(?:\w+\.)*(?:Binder|Catalog|Conversion|Parser|IO|Invalid Input|Constraint|Serialization|TransactionContext|HTTP|Permission|Out of Memory|Invalid) ?(?:Error|Exception)?\b/;

/** The SQL standard's codes, as Spark, Databricks and PostgreSQL write them. */
const SQL_STATES: readonly Signal[] = [
  {
    class: 'script-bug-data',
    when: sqlState('42703|42702|42804|42803|42883|42K09|42704|42S22'),
    cause: 'The query uses a column, type or function in a way that the table does not allow.',
    fix: 'Compare names and types with the table (DESCRIBE TABLE); the message suggests the nearest ones.',
  },
  {
    class: 'not-found',
    when: sqlState('42P01|42S02|3F000|3D000|42S0[24]'),
    cause: 'The table, schema, catalog or database that the query names is not there.',
    fix: 'Check the full name (catalog.schema.table) and that you may see it.',
  },
  {
    class: 'permission',
    when: sqlState('42501'),
    cause: 'The user of the query may not do this.',
    fix: 'Ask the owner for the right that the message names (GRANT …).',
  },
  {
    class: 'conflict',
    when: sqlState('23505|42P07|42710|42S01|42P06|40001|40P01|23503'),
    cause: 'Something of this name or key exists already, or two writers changed the same rows.',
    fix: 'Choose another name (or IF NOT EXISTS), remove the duplicate, or repeat the step.',
  },
  {
    class: 'invalid-argument',
    when: sqlState('42601|42000|42K0E|42K0F|0A000|42P02'),
    cause: 'The SQL text is not valid or not supported here.',
    fix: 'Correct the query at the place that the message names.',
  },
  {
    class: 'auth-missing',
    when: sqlState('28000|28P01'),
    cause: 'The database does not accept user and password.',
    fix: 'Check both, and the right server and database.',
  },
  {
    class: 'data-format',
    when: sqlState('22\\w{3}|2300\\d|23502|23514'),
    cause: 'A value does not have the type or form that the column expects.',
    fix: 'Find the rows (TRY_CAST, or a reader that keeps bad records) and correct them.',
  },
  {
    class: 'timeout',
    when: sqlState('57014|HYT0\\d'),
    cause: 'The query ran longer than its time limit.',
    fix: 'Narrow it, or raise the statement timeout.',
  },
];

/** DuckDB, SQLite, PostgreSQL, ClickHouse and MongoDB. */
export const DATABASES: Area = {
  places: ['duckdb', 'clickhouse', 'mongodb'],
  signals: [
    ...SQL_STATES,
    // DuckDB says its kind of error first.
    {
      class: 'script-bug-data',
      when: /Binder (?:Error|Exception): ?(?<what>Referenced (?:column|table) "?[^"]{1,60}"? not found|[^!]{0,120})/,
      cause: 'The query uses a column or type in a way that the table does not allow: {what}.',
      fix: 'Compare it with DESCRIBE <table>; the message lists the candidates.',
    },
    {
      class: 'not-found',
      when: /Catalog (?:Error|Exception): ?(?<what>(?:Table|Schema|View|Scalar Function|Function|Macro|Type|Database|Table Function)\b[^!]{0,100}does not exist)/,
      cause: 'The query names something that is not there: {what}.',
      fix: 'SHOW TABLES lists what there is; the message suggests the nearest name.',
    },
    {
      class: 'conflict',
      when: /(?:Catalog|Constraint|TransactionContext|Transaction) (?:Error|Exception): .{0,120}(?:already exists|Duplicate key|violates|Conflict on)/i,
      cause: 'Something of this name or key exists already, or two writers changed the same rows.',
      fix: 'Use CREATE OR REPLACE (or INSERT OR REPLACE), remove the duplicate, or repeat the step.',
    },
    {
      class: 'invalid-argument',
      when: /Parser (?:Error|Exception): ?(?<what>[^!]{0,120})/,
      unless: /pandas|Error tokenizing/,
      cause: 'The SQL text is not valid: {what}.',
      fix: 'Correct the query at the marked place.',
    },
    {
      class: 'data-format',
      when: /Conversion (?:Error|Exception): ?(?<what>[^!]{0,120})|(?:Invalid Input (?:Error|Exception): ?)?(?:Error when sniffing file|CSV Error on Line: (?<line>\d+)|Malformed JSON|options could not be auto-detected|TProtocolException|Could not convert string ['"](?<value>[^'"]*)['"] to '?[A-Z])/,
      cause:
        'A value or line does not have the type or form that is expected: {what|{value|line {line|in the message}}}.',
      fix: 'Clean the value (a recipe step, or TRY_CAST), or name delimiter, quote and types when reading the file.',
    },
    {
      class: 'stuck',
      when: /Could not set lock on file ['"]?(?<file>[^'":]+)|Conflicting lock is held|database is locked|file is already open in|being used by another process|Unable to acquire (?:the )?lock|lock file .{0,60}(?:exists|held)|Error acquiring the state lock|another (?:DVC|conda|apt|dpkg|git|terraform) process|Could not get lock|is locked by another process/i,
      cause:
        'Another process holds the lock of {file|this database, repository or file}, or one crashed and left its lock file.',
      fix: 'Close the other program (the message may name its process id); if none runs, remove the lock file.',
    },
    {
      class: 'version-mismatch',
      when: /Trying to read a database file with version number|(?:database|file) was (?:created|written) (?:with|by) (?:a )?(?:newer|older|different) version|Serialization (?:Error|Exception)|server version .{0,60}(?:not supported|too old|incompatible)|wire version|reports maximum wire version|unsupported file format|requires (?:at least )?(?:server|MongoDB|PostgreSQL) (?:version )?[\d.]+/i,
      cause: 'The file or server is of another version than this program understands.',
      fix: 'Use the version that made it (or a newer program), or export the data there and import it here.',
    },
    {
      class: 'data-missing',
      when: /IO (?:Error|Exception): ?(?:No files found that match the pattern "?(?<pattern>[^"]+)|Cannot open file "?(?<file>[^":]+))/,
      cause: 'There is no file {pattern|{file|of this name}}, seen from the folder of the process.',
      fix: 'Give its full path, or correct the pattern.',
    },
    {
      class: 'out-of-memory',
      when: /Out of Memory (?:Error|Exception):|failed to (?:pin|allocate) (?:block|data) of size (?<size>\S+ ?\w*)|could not allocate block|Memory limit .{0,20}exceeded|MEMORY_LIMIT_EXCEEDED|Exceeded memory limit for|Sort exceeded memory limit|QueryExceededMemoryLimit\w*|would use .{0,40}maximum: /i,
      cause: 'The query needs more memory than the database may use.',
      fix: 'Read fewer rows or columns at once, filter earlier, allow spilling to disk, or raise the memory limit (DuckDB: SET memory_limit; ClickHouse: max_memory_usage; MongoDB: allowDiskUse).',
    },
    {
      class: 'permission',
      when: /Permission (?:Error|Exception): ?(?<what>[^!]{0,100})|permission denied for (?<kind>table|schema|relation|database|sequence|function) (?<name>[\w.]+)|not authorized on (?<db>\S+) to execute command|user is not allowed to do action|\(Unauthorized\)|Not enough privileges|ACCESS_DENIED|Cannot (?:modify|execute) .{0,60}in readonly mode|\(READONLY\)|attempt to write a readonly database/,
      cause: 'The database user may not do this ({what|{name|{db|see the message}}}).',
      fix: 'Ask the owner for the right (GRANT SELECT ON …, or a role such as readWrite), or connect as another user.',
    },
    // ClickHouse says the name of its code last.
    {
      class: 'auth-missing',
      when: /\((?:AUTHENTICATION_FAILED|UNKNOWN_USER|WRONG_PASSWORD|REQUIRED_PASSWORD)\)|Authentication failed: password is incorrect|Code: (?:516|192|193|194)\b/,
      cause: 'User name or password for ClickHouse is wrong.',
      fix: 'Check user and password (ClickHouse Cloud shows how to reset it) and enter them again.',
    },
    {
      class: 'auth-missing',
      when: /bad auth ?: ?|AuthenticationFailed\b|Authentication failed\.?,? .{0,60}(?:mongo|code.{0,6}18|SCRAM)|\(?code:? ?18\)?|command \w+ requires authentication|SCRAM-SHA-\d+|password authentication failed for user "?(?<user>\w+)|no password supplied|Access denied for user '(?<other>[^']+)'|role "(?<role>\w+)" does not exist|Login failed for user|pg_hba\.conf|There are no users authenticated/i,
      unless: /Azure|windows\.net|git|proxy/i,
      cause: 'The database does not accept user and password ({user|{other|{role|see the message}}}).',
      fix: 'Check both (for MongoDB also authSource), encode special characters in the connection string, or have the user created.',
    },
    {
      class: 'network',
      when: /ServerSelectionTimeoutError|MongoNetworkError|MongoServerSelectionError|No servers? (?:found|available)|\.mongodb\.net:\d+.{0,80}(?:timed out|refused|closed|reset|handshake)|(?:SSL|TLS) handshake failed: \S+mongodb|querySrv E\w+|_mongodb\._tcp|IP address .{0,60}(?:whitelist|access list|not allowed)|isn't whitelisted|\((?:NETWORK_ERROR|SOCKET_TIMEOUT|ALL_CONNECTION_TRIES_FAILED|DNS_ERROR)\)|could not connect to server|connection to server at|Can't connect to (?:MySQL|ClickHouse|server)|server closed the connection unexpectedly/i,
      unless: /CERTIFICATE_VERIFY_FAILED|certificate verify failed|authentication failed|does not exist/i,
      cause:
        'The database server does not answer at this address: it is not running, or a firewall or IP access list keeps you out.',
      fix: 'Start it or correct host and port; for Atlas or a cloud service add your IP address to its network access list.',
    },
    {
      class: 'invalid-argument',
      when: /InvalidURI|must be escaped according to RFC 3986|Invalid (?:connection string|URI scheme|scheme|namespace|dsn)|MongoParseError|unknown (?:top level )?operator: (?<operator>\$\w+)|Unrecognized (?:pipeline stage name|expression)|\((?:SYNTAX_ERROR|UNKNOWN_SETTING|UNKNOWN_FORMAT|BAD_ARGUMENTS|UNKNOWN_FUNCTION|NUMBER_OF_ARGUMENTS_DOESNT_MATCH|UNKNOWN_TYPE|ILLEGAL_AGGREGATION)\)|Code: (?:62|73|115|36)\b|(?:syntax error at or near|You have an error in your SQL syntax).{0,40}|near "(?<near>[^"]+)": syntax error/i,
      cause: 'The connection string or the query is not valid ({operator|{near|see the message}}).',
      fix: 'Correct it where the message says; in a connection string encode special characters of user and password (@ becomes %40).',
    },
    {
      class: 'not-found',
      when: /\((?:UNKNOWN_TABLE|UNKNOWN_DATABASE)\)|Code: (?:60|81)\b|(?:Table|Database) (?<name>[\w.`]+) does(?:n't| not) exist|no such table: (?<table>[\w.]+)|relation "(?<relation>[\w.]+)" does not exist|database "(?<database>[\w.-]+)" does not exist|Unknown database|\bns (?:not found|does not exist)|NamespaceNotFound|(?:collection|index) \[?'?(?<collection>[\w.]+)'?\]? (?:not found|does not exist)|CursorNotFound/i,
      cause: 'The database has no {name|{table|{relation|{database|{collection|such table or database}}}}}.',
      fix: 'List what there is (SHOW DATABASES, SHOW TABLES, show collections) and correct the name.',
    },
    {
      class: 'script-bug-data',
      when: /\((?:UNKNOWN_IDENTIFIER|NO_SUCH_COLUMN_IN_TABLE|THERE_IS_NO_COLUMN|TYPE_MISMATCH|ILLEGAL_TYPE_OF_ARGUMENT|NOT_AN_AGGREGATE|AMBIGUOUS_(?:IDENTIFIER|COLUMN_NAME)|NO_COMMON_TYPE|NOT_FOUND_COLUMN_IN_BLOCK|ILLEGAL_COLUMN|DUPLICATE_COLUMN)\)|Code: (?:47|16|8|53|43|215|10|386)\b|Unknown (?:expression )?identifier:? [`']?(?<name>[\w.]+)|Missing columns: '?(?<column>[\w.]+)|no such column: (?<other>[\w.]+)|column "?(?<third>[\w.]+)"? does not exist|Unknown column '(?<fourth>[\w.]+)'|must appear in the GROUP BY clause/i,
      cause:
        'The query names the column {name|{column|{other|{third|{fourth|in the message}}}}} in a way that the table does not allow.',
      fix: 'Compare it with DESCRIBE TABLE; the message may suggest the right name.',
    },
    {
      class: 'data-format',
      when: /\((?:CANNOT_PARSE_\w+|INCORRECT_DATA|CANNOT_READ_ALL_DATA|UNEXPECTED_END_OF_FILE|TOO_LARGE_STRING_SIZE|VALUE_IS_OUT_OF_RANGE_OF_DATA_TYPE|CANNOT_EXTRACT_TABLE_STRUCTURE|INCORRECT_NUMBER_OF_COLUMNS|CANNOT_CONVERT_TYPE|CANNOT_INSERT_NULL_IN_ORDINARY_COLUMN)\)|Code: (?:27|6|38|41|72|117|33|131|349|70)\b|Document failed validation|DocumentValidationFailure|InvalidDocument|documents must have only string keys|invalid input syntax for (?:type )?(?<type>\w+)|invalid byte sequence for encoding|value too long for type|Cannot (?:parse|read) (?<what>\w+)[^.]{0,40}\(at row|missing data for column|extra data after last expected column/,
      cause:
        'A value does not have the type or form that the database expects ({type|{what|see the message}}).',
      fix: 'Clean the value, or read the column as text (Nullable where it may be empty) and convert it.',
    },
    {
      class: 'timeout',
      when: /\((?:TIMEOUT_EXCEEDED|TOO_SLOW)\)|Code: (?:159|160)\b|MaxTimeMSExpired|operation exceeded time limit|statement timeout|canceling statement due to|Timeout exceeded: elapsed|lock wait timeout|QueryTimeout|interrupted by timeout/i,
      cause: 'The query ran longer than its time limit.',
      fix: 'Narrow it (filter, LIMIT, sample, an index), or raise the limit (max_execution_time, maxTimeMS, statement_timeout).',
    },
    {
      class: 'conflict',
      when: /E11000 duplicate key|DuplicateKey(?:Error)?|duplicate key value violates|UNIQUE constraint failed: (?<column>[\w.]+)|Duplicate entry '(?<entry>[^']*)'|\((?:TABLE_ALREADY_EXISTS|DATABASE_ALREADY_EXISTS)\)|Code: (?:57|82)\b|WriteConflict|could not serialize access|(?:table|database|relation|collection|index)\b.{0,60}already exists|NamespaceExists|violates foreign key/i,
      cause:
        'A record, table or index with this name or key exists already ({column|{entry|see the message}}).',
      fix: 'Remove the duplicate or update instead of inserting, or choose another name (CREATE … IF NOT EXISTS).',
    },
    {
      class: 'payload-too-large',
      when: /BSONObj(?:ect)? ?(?:size|TooLarge)|DocumentTooLarge|object to insert too large|exceeds maximum (?:BSON )?document size|max_query_size|Max query size exceeded|max_allowed_packet|Packet for query is too large/i,
      cause: 'The document or query is larger than the database takes (MongoDB: 16 MB).',
      fix: 'Split it, store big values in object storage or GridFS, or send rows in batches.',
    },
    {
      class: 'rate-limit',
      when: /\((?:TOO_MANY_SIMULTANEOUS_QUERIES|TOO_MANY_PARTS|TOO_MANY_REQUESTS)\)|Code: (?:202|252)\b|too many (?:connections|clients already)|remaining connection slots are reserved|Too many simultaneous queries|connection pool (?:exhausted|timed? ?out)|WaitQueueTimeout|QueuePool limit/i,
      cause: 'More connections or queries arrive at once than the database takes.',
      fix: 'Send fewer at once, insert in larger batches, close connections, and retry with pauses.',
    },
    {
      class: 'quota',
      when: [code('AtlasError'), /space quota|over your .{0,20}quota/i],
      cause: 'The storage of the database’s plan is used up.',
      fix: 'Delete what is not needed, or take a larger cluster tier.',
    },
    {
      class: 'quota',
      when: /\(QUOTA_EXCEEDED\)|Code: 201\b|over your space quota|Quota for user .{0,80}has been exceeded/,
      cause: 'The quota of this database user or plan is used up.',
      fix: 'Wait for the next interval, or ask the administrator for a larger quota.',
    },
    {
      class: 'invalid-argument',
      unless: /HTTP|connect|auto-detected|Invalid data|magic bytes/,
      when: [
        DUCKDB,
        /(?:Not implemented|Invalid Input|InvalidInput|Invalid) (?:Error|Exception): ?(?<what>[^!]{0,120})/,
      ],
      rank: 4,
      cause: 'The query or an option of it is not supported or not valid: {what|see the message}.',
      fix: 'Correct what the message names.',
    },
  ],
};
