WITH l1 AS MATERIALIZED (SELECT *
FROM (SELECT u2.id AS c0, u2.name AS c1, replace(replace(s2.author_path, '{slug}', u2.slug), '{locale}', '') AS c2, u2.credentials AS c3, (SELECT count(*)
FROM publication_author AS i5
WHERE i5.starts_at <= $3::timestamptz AND (i5.ends_at IS NULL OR $3::timestamptz < i5.ends_at) AND i5.author_id = u2.id) AS c4
FROM author AS u2
JOIN site AS s2 ON s2.singleton
WHERE u2.deleted_at IS NULL
ORDER BY u2.article_count DESC, u2.name_key ASC, u2.id ASC
LIMIT 101) AS page
LIMIT $1::int8) SELECT *
FROM (SELECT 0 AS s0, (SELECT count(*)
FROM author AS u3
WHERE u3.deleted_at IS NULL) AS s1, NULL::text AS s2, NULL::text AS s3, NULL::text AS s4, NULL::text AS s5, NULL::timestamptz AS s6) AS a0
UNION ALL SELECT 1 AS s0, c4 AS s1, c0::text AS s2, c1 AS s3, c2 AS s4, c3 AS s5, NULL::timestamptz AS s6
FROM l1
UNION ALL SELECT *
FROM (SELECT x.*
FROM l1 AS p
CROSS JOIN LATERAL (SELECT 2 AS s0, NULL::int8 AS s1, p.c0::text AS s2, r4.title AS s3, NULL::text AS s4, NULL::text AS s5, i4.published_at AS s6
FROM publication_author AS i4
JOIN publication AS p4 ON p4.id = i4.publication_id
JOIN article_revision AS r4 ON r4.id = p4.revision_id
WHERE i4.author_id = p.c0 AND i4.starts_at <= $3::timestamptz AND (i4.ends_at IS NULL OR $3::timestamptz < i4.ends_at)
ORDER BY i4.published_at DESC, i4.article_id DESC
LIMIT $2::int8) AS x) AS a2;
