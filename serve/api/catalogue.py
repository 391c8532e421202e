"""Taxonomy and bodies as other systems read them."""

from __future__ import annotations

from fastapi import APIRouter
from pydantic import BaseModel

from serve.deps import TriagerDep

router = APIRouter(prefix="/api/v1", tags=["目录"])


class SubTypeOut(BaseModel):
    code: str
    name: str
    type: str
    definition: str
    boundary: str
    example: str
    statutes: list[str]
    lead: str


class TypeOut(BaseModel):
    code: str
    name: str


class TaxonomyOut(BaseModel):
    version: str
    types: list[TypeOut]
    sub_types: list[SubTypeOut]


class BodyOut(BaseModel):
    code: str
    name: str
    kind: str
    level: list[str]
    desk: str
    remit: str
    active: bool


class BodiesOut(BaseModel):
    version: str
    bodies: list[BodyOut]


@router.get("/taxonomy", summary="分类目录")
def taxonomy(triager: TriagerDep) -> TaxonomyOut:
    """4 个大类、42 个细类，含定义、边界、例句和法条。"""
    source = triager.taxonomy
    return TaxonomyOut(
        version=source.version,
        types=[TypeOut(code=t.code, name=t.name) for t in source.types],
        sub_types=[
            SubTypeOut(
                code=s.code,
                name=s.name,
                type=source.type_of(s.code),
                definition=s.definition,
                boundary=s.boundary,
                example=s.example,
                statutes=[c.label() for c in s.statutes],
                lead=s.lead,
            )
            for s in source.sub_types
        ],
    )


@router.get("/bodies", summary="机构目录")
def bodies(triager: TriagerDep) -> BodiesOut:
    """25 个机构：名称、性质、层级、驻点方式、受理范围。"""
    source = triager.bodies
    return BodiesOut(
        version=source.version,
        bodies=[
            BodyOut(
                code=b.code,
                name=b.name,
                kind=b.kind,
                level=list(b.level),
                desk=b.desk,
                remit=b.remit,
                active=b.active,
            )
            for b in source.bodies
        ],
    )
