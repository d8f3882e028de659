WITH l1 AS MATERIALIZED (SELECT *
FROM (SELECT t2.id AS c0, t2.name AS c1, replace(replace(s2.topic_path, '{slug}', t2.slug), '{locale}', '') AS c2, t2.parent_id AS c3
FROM topic AS t2
JOIN site AS s2 ON s2.singleton
WHERE t2.deleted_at IS NULL
ORDER BY t2.name_key ASC, t2.id ASC
LIMIT 101) AS page
LIMIT $1::int8),
l3 AS MATERIALIZED (SELECT x.*
FROM l1 AS p
CROSS JOIN LATERAL (SELECT p.c0 AS c0, t4.name AS c1, t4.id AS c2
FROM topic AS t4
WHERE t4.parent_id = p.c0 AND t4.deleted_at IS NULL
ORDER BY t4.name_key ASC, t4.id ASC
LIMIT 100) AS x) SELECT 1 AS s0, c0::text AS s1, c1 AS s2, c2 AS s3, c3::text AS s4
FROM l1
UNION ALL SELECT *
FROM (SELECT 2 AS s0, t3.id::text AS s1, t3.name AS s2, NULL::text AS s3, NULL::text AS s4
FROM topic AS t3
WHERE t3.id IN (SELECT c3
FROM l1) AND t3.deleted_at IS NULL) AS a2
UNION ALL SELECT 3 AS s0, c0::text AS s1, c1 AS s2, c2::text AS s3, NULL::text AS s4
FROM l3
UNION ALL SELECT *
FROM (SELECT x.*
FROM l3 AS p
CROSS JOIN LATERAL (SELECT 4 AS s0, p.c2::text AS s1, t5.name AS s2, NULL::text AS s3, NULL::text AS s4
FROM topic AS t5
WHERE t5.parent_id = p.c2 AND t5.deleted_at IS NULL
ORDER BY t5.name_key ASC, t5.id ASC
LIMIT 100) AS x) AS a4;
